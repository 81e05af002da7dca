import { h } from './dom.js';

/** More than anyone reads, less than what makes the page stutter. */
const MAX_CHARACTERS = 50_000;

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** A value as it should be read: structures indented and coloured, also those that came as JSON text. */
export function createValueText(value: unknown): HTMLElement {
  const structure = typeof value === 'string' ? parseStructure(value) : value;
  if (typeof structure === 'object' && structure !== null) return createJson(structure);
  const text = typeof value === 'string' ? value : String(value);
  const kind = typeof value === 'string' ? 'text' : 'literal';
  return h('span', { class: `value value-${kind}` }, clip(text));
}

function createJson(structure: object): HTMLElement {
  const text = clip(JSON.stringify(structure, undefined, 2));
  const pre = h('pre', { class: 'value value-json' });
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [token, string, colon = ''] = match;
    pre.append(text.slice(end, match.index), h('span', { class: kindOf(string, colon) }, string ?? token), colon);
    end = match.index + token.length;
  }
  pre.append(text.slice(end));
  return pre;
}

function kindOf(string: string | undefined, colon: string): string {
  if (string === undefined) return 'json-literal';
  return colon ? 'json-key' : 'json-string';
}

function parseStructure(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function clip(text: string): string {
  if (text.length <= MAX_CHARACTERS) return text;
  return `${text.slice(0, MAX_CHARACTERS)}\n… ${(text.length - MAX_CHARACTERS).toLocaleString('en')} more characters`;
}
