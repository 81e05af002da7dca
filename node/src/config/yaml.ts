// The only file that knows `yaml`. JSON is read by it too: only so are there lines to name.
import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { Environment } from './layer.js';
import { substitute } from './substitute.js';

/** The way to a value: names and indices, as written. */
export type WrittenPath = readonly (string | number)[];

export interface FileProblem {
  readonly line: number;
  readonly message: string;
}

export interface ParsedText {
  /** `undefined` when there are problems. */
  readonly value: unknown;
  readonly problems: readonly FileProblem[];
  /** Where the value at `path` starts; that of the nearest one around it where there is none. */
  lineOf(path: WrittenPath): number;
}

/** What an alias may make of a small file ("billion laughs"). */
const MAX_ALIASES = 100;
/** One mistake has a parser stumble again and again. */
const MAX_PROBLEMS = 5;

/** Reads YAML 1.2 or JSON, with `${VARIABLES}` in its texts replaced; the types are those of the text that results. */
export function parseYaml(text: string, environment: Environment): ParsedText {
  const yaml = loadYaml();
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const lineAt = (offset: number | undefined) => lines.linePos(offset ?? 0).line;
  const problems = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    line: lineAt(pos[0]),
    message,
  }));
  yaml.visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('$')) return;
      const replaced = substitute(node.value, environment);
      if (replaced === undefined)
        problems.push({ line: lineAt(node.range?.[0]), message: 'a ${ must be ${NAME} or ${NAME:-default}, or $${' });
      else Object.assign(node, { value: node.type === 'PLAIN' ? plainValue(yaml, replaced) : replaced });
    },
  });
  return {
    value: problems.length ? undefined : document.toJS({ maxAliasCount: MAX_ALIASES }),
    problems: problems.slice(0, MAX_PROBLEMS),
    lineOf: path => lineAt(offsetOf(yaml, document, path)),
  };
}

/** On demand: it takes half as long to load as OpenTelemetry's SDK, and most processes have no file. */
function loadYaml(): typeof Yaml {
  try {
    return createRequire(import.meta.url)('yaml') as typeof Yaml;
  } catch (cause) {
    throw new Error('the package `yaml` was not found; a bundle has to leave @agentops/node outside', { cause });
  }
}

/** A number, `true` or nothing, as YAML would read the text; but never a list or an object that came in by a variable. */
function plainValue(yaml: typeof Yaml, text: string): unknown {
  if (!text) return null;
  const node = yaml.parseDocument(text, { logLevel: 'silent' }).contents;
  return yaml.isScalar(node) && node.source === text ? node.value : text;
}

function offsetOf(yaml: typeof Yaml, document: Yaml.Document, path: WrittenPath): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const around = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const name = path[length - 1];
    const node = yaml.isMap(around)
      ? around.items.find(({ key }) => yaml.isScalar(key) && String(key.value) === name)?.key
      : yaml.isSeq(around)
        ? around.items[name as number]
        : undefined;
    if (yaml.isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}
