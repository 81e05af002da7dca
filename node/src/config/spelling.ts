import { withScheme } from './endpoint.js';
import type { WrittenPath } from './yaml.js';

export interface Spelled {
  /** In the shape of `InitOptions`. */
  readonly options: unknown;
  /** Path of an option -> the way to it in the file. */
  readonly written: ReadonlyMap<string, WrittenPath>;
  readonly remarks: readonly Remark[];
}

export interface Remark {
  readonly path: string;
  readonly way: WrittenPath;
  readonly message: string;
  /** Makes the file wrong; otherwise it is a warning. */
  readonly wrong?: boolean;
}

type Note = (message: string) => void;

/** What a file may say otherwise than code: where -> what the code would say; `undefined` leaves it out. */
const SPELLINGS: readonly (readonly [where: RegExp, read: (value: unknown, note: Note) => unknown])[] = [
  [/^(.*\.metrics\.)?endpoint$/, fromHostAndPort],
  [/\.(exporters|additionalExporters)\[\d+\]$/, withoutAgentOps],
  [/^\$schema$/, () => undefined],
];

/** Their names are the user's own: headers and attributes. */
const FREE_NAMES = /(^|\.)(headers|resourceAttributes|attributes)$/;

/**
 * The options that a file means: names in camelCase or snake_case, nothing (`name:`) for what is not set, and the spellings above.
 */
export function spellOptions(value: unknown): Spelled {
  const written = new Map<string, WrittenPath>();
  const remarks: Remark[] = [];

  const read = (entry: unknown, path: string, way: WrittenPath): unknown => {
    written.set(path, way);
    const spelling = SPELLINGS.find(([where]) => where.test(path));
    const meant = spelling ? spelling[1](entry, message => remarks.push({ path, way, message })) : entry;
    if (Array.isArray(meant)) return readList(meant, path, way);
    return typeof meant === 'object' && meant !== null ? readObject(meant, path, way) : meant;
  };

  const readList = (list: unknown[], path: string, way: WrittenPath) => {
    const kept: unknown[] = [];
    list.forEach((entry, index) => {
      const meant = read(entry, `${path}[${kept.length}]`, [...way, index]);
      if (meant !== undefined) kept.push(meant);
    });
    return kept;
  };

  const readObject = (entries: object, path: string, way: WrittenPath) => {
    const options = new Map<string, unknown>();
    for (const [writtenName, entry] of Object.entries(entries)) {
      if (entry === null) continue;
      const name = FREE_NAMES.test(path) ? writtenName : camelCase(writtenName);
      const at = path ? `${path}.${name}` : name;
      const there = [...way, writtenName];
      if (options.has(name)) remarks.push({ path: at, way: there, message: 'is set twice', wrong: true });
      const meant = read(entry, at, there);
      if (meant !== undefined) options.set(name, meant);
    }
    // Not by assignment: `__proto__` is a key like any other in a file.
    return Object.fromEntries(options);
  };

  return { options: read(value ?? {}, '', []), written, remarks };
}

function camelCase(name: string): string {
  return name.replace(/(?<=[a-z\d])_([a-z\d])/g, (_all, letter: string) => letter.toUpperCase());
}

function fromHostAndPort(value: unknown): unknown {
  return typeof value === 'string' ? withScheme(value) : value;
}

function withoutAgentOps(value: unknown, note: Note): unknown {
  if ((value as { type?: unknown } | null)?.type !== 'agentops') return value;
  note('an exporter of type "agentops" is not available in this version, and is left out');
  return undefined;
}
