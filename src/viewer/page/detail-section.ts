import { createCopyButton } from './copy-button.js';
import { h } from './dom.js';
import { createValueText } from './json-text.js';

/** Sections that were closed stay closed from span to span. */
const closedTitles = new Set<string>(['Resource', 'Runtime', 'Scope']);

/** A titled part of the details that folds. */
export function createSection(title: string, count: number, ...content: HTMLElement[]): HTMLElement {
  const section = h(
    'details',
    { class: 'section' },
    h('summary', {}, title, count > 0 && h('span', { class: 'section-count' }, String(count))),
    ...content,
  );
  section.open = !closedTitles.has(title);
  section.addEventListener('toggle', () => {
    if (section.open) closedTitles.delete(title);
    else closedTitles.add(title);
  });
  return section;
}

export function createTable(entries: [key: string, value: unknown][]): HTMLElement {
  return h('dl', { class: 'table' }, ...entries.flatMap(([key, value]) => createEntry(key, value)));
}

function createEntry(key: string, value: unknown): HTMLElement[] {
  const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
  const content = createValueText(value);
  const isWide = content.tagName === 'PRE' || text.includes('\n');
  return [
    h('dt', { class: isWide ? 'is-wide' : '', title: key }, key),
    h('dd', { class: isWide ? 'is-wide' : '' }, content, createCopyButton(text, `Copy ${key}`)),
  ];
}
