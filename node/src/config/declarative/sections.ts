import type { InitOptions } from '@agentops/shared';
import { mergeOptions } from '@agentops/shared/config/merge';
import { unitsOf } from '../units.js';
import type { WrittenPath } from '../yaml.js';
import { object, type Part } from './parts.js';

/** Options, and the way to what says each, by their paths. */
export interface Piece {
  readonly options: InitOptions;
  readonly written: ReadonlyMap<string, WrittenPath>;
}

const NOTHING: Piece = { options: {}, written: new Map() };

/** What one place of the document has to say. */
export function piece<T>(part: Part<T>, toOptions: (found: T) => InitOptions): Part<Piece> {
  return place => {
    const found = part(place);
    if (found === undefined) return undefined;
    const options = toOptions(found);
    return { options, written: new Map([...unitsOf(options).keys()].map(path => [path, place.way])) };
  };
}

/** An object whose parts have options to say; of two that say the same the later in the table counts. */
export function sections<T extends Readonly<Record<string, Part<Piece>>>>(
  table: T,
  required: readonly (keyof T & string)[] = [],
): Part<Piece> {
  const parts = object(table, required);
  return place => {
    const found: Partial<Record<string, Piece>> = parts(place) ?? {};
    return Object.keys(table)
      .flatMap(name => found[name] ?? [])
      .reduce(lay, NOTHING);
  };
}

function lay(under: Piece, over: Piece): Piece {
  return {
    options: mergeOptions(under.options, over.options),
    written: new Map([...under.written, ...over.written]),
  };
}
