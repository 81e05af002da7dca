import type { ConfigIssue } from '@agentops/shared';
import { isObject, must, oneOf, type Check } from '@agentops/shared/config/validate';
import type { WrittenPath } from '../yaml.js';

/** A value of the document, and where it is. */
export interface Place {
  readonly value: unknown;
  readonly way: WrittenPath;
  readonly findings: Findings;
}

export interface Finding extends ConfigIssue {
  readonly way: WrittenPath;
}

/** What there is to say of a document once it has been read. */
export interface Findings {
  /** What makes it invalid. */
  readonly wrong: Finding[];
  /** What is valid and cannot be expressed here. */
  readonly beyond: Finding[];
  /** What is valid, and nobody misses. */
  readonly idle: Finding[];
  /** The schema it names is later than the one known here: names that are not known may be right. */
  readonly isNewer: boolean;
}

/** What a place means here; `undefined` for nothing. */
export type Part<T> = (place: Place) => T | undefined;

export type Table = Readonly<Record<string, Part<unknown>>>;

type Read<T extends Table> = { [K in keyof T]?: NonNullable<ReturnType<T[K]>> };

/** Whatever one of our own checks takes. */
export function checked<T>(check: Check): Part<T> {
  return place => {
    const issues = check(place.value, '');
    for (const { message } of issues) tell('wrong', place, message);
    return issues.length ? undefined : (place.value as T);
  };
}

export const flag = checked<boolean>(must('be true or false', found => typeof found === 'boolean'));

/** One that is empty says nothing, as a variable does. */
export const text = made(
  checked<string>(must('be a text', found => typeof found === 'string')),
  found => found || undefined,
);

export function name<T extends string>(...names: readonly T[]): Part<T> {
  return checked<T>(oneOf(...names));
}

export function whole(min: number): Part<number> {
  return checked<number>(
    must(`be a whole number from ${min}`, found => Number.isInteger(found) && (found as number) >= min),
  );
}

/** An object of these names; one without a value counts as not there. */
export function object<T extends Table>(table: T, required: readonly (keyof T & string)[] = []): Part<Read<T>> {
  return place => {
    const entries = place.value ?? {};
    if (!isObject(entries)) return tell('wrong', place, 'must be an object');
    for (const missing of required)
      if ((entries[missing] ?? null) === null) tell('wrong', inside(place, missing), 'must be set');
    const found = Object.keys(entries).flatMap(each => {
      const at = inside(place, each);
      const part = Object.hasOwn(table, each) ? table[each] : undefined;
      if (!part) return tellUnknown(at, table) ?? [];
      const meant = at.value === null ? undefined : part(at);
      return meant === undefined ? [] : [[each, meant]];
    });
    return Object.fromEntries(found) as Read<T>;
  };
}

/** An object of one name, which says what it is: of an exporter, a sampler. It may have no value. */
export function kind<T>(table: Readonly<Record<string, Part<T>>>): Part<T> {
  return place => {
    const [each, ...others] = isObject(place.value) ? Object.keys(place.value) : [];
    if (each === undefined || others.length)
      return tell('wrong', place, `must have one of the names ${Object.keys(table).join(', ')}`);
    const at = inside(place, each);
    const part = Object.hasOwn(table, each) ? table[each] : undefined;
    return part ? part(at) : tellUnknown(at, table);
  };
}

/** Of one at least, as the schema has all of its lists. */
export function list<T>(item: Part<T>): Part<T[]> {
  return place => {
    if (!Array.isArray(place.value) || !place.value.length)
      return tell('wrong', place, 'must be an array of at least one');
    return place.value.flatMap((_each, index) => item(inside(place, index)) ?? []);
  };
}

/** What is made of a part that means something. */
export function made<T, U>(part: Part<T>, make: (found: T, place: Place) => U | undefined): Part<U> {
  return place => {
    const found = part(place);
    return found === undefined ? undefined : make(found, place);
  };
}

/** Valid, and told of. */
export function beyond(why: string): Part<never> {
  return place => tell('beyond', place, why);
}

/** Valid, and told of to whoever asks. */
export function idle(why: string): Part<never> {
  return place => tell('idle', place, why);
}

export function tell(what: 'wrong' | 'beyond' | 'idle', { way, findings }: Place, message: string): undefined {
  findings[what].push({ path: pathOf(way), way, message });
}

type Said<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what is not said. */
export function said<T extends object>(found: T): Said<T> {
  return Object.fromEntries(Object.entries(found).filter(([, each]) => each !== undefined)) as Said<T>;
}

/** A schema may be experimental in part, and those parts change with any version. */
function tellUnknown(place: Place, table: Table): undefined {
  const isExperimental = String(place.way.at(-1)).includes('/');
  if (isExperimental || place.findings.isNewer) return tell('beyond', place, 'is not known here');
  return tell('wrong', place, `is not known; there are ${Object.keys(table).join(', ')}`);
}

export function inside({ value: around, way, findings }: Place, step: string | number): Place {
  return { value: (around as Record<string | number, unknown> | null)?.[step], way: [...way, step], findings };
}

function pathOf(way: WrittenPath): string {
  return way.reduce<string>((path, step) => {
    if (typeof step === 'number') return `${path}[${step}]`;
    return path ? `${path}.${step}` : step;
  }, '');
}
