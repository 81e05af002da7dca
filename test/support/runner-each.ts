// `it.each(table)(title, body)` as vitest does it, for runners that have none.

type Body = (...values: unknown[]) => unknown;
type Declare = (title: string, body: Body, ...rest: number[]) => void;

/** Turns `it(title, body)` into `it.each(table)(title, body)`; a row that is an array becomes several arguments. */
export function parametrised(declare: Declare) {
  return (table: readonly unknown[]) =>
    (title: string, body: Body, ...rest: number[]): void => {
      for (const [index, row] of table.entries()) {
        const values = Array.isArray(row) ? row : [row];
        declare(titleOf(title, values, index), () => body(...values), ...rest);
      }
    };
}

const formats: Record<string, (value: unknown) => string> = {
  s: String,
  d: value => String(Number(value)),
  i: value => String(Math.trunc(Number(value))),
  f: value => String(Number(value)),
  j: value => JSON.stringify(value),
  o: value => JSON.stringify(value),
  O: value => JSON.stringify(value),
};

/** printf places, `%#` and `%$` (the row's index and number), `%%`, and `$name` of a row that is an object. */
function titleOf(title: string, values: readonly unknown[], index: number): string {
  const rest = [...values];
  const printed = title.replaceAll(/%([sdifjoO#$%])/g, (place, format: string) => {
    if (format === '%') return '%';
    if (format === '#') return String(index);
    if (format === '$') return String(index + 1);
    return rest.length > 0 ? (formats[format]?.(rest.shift()) ?? place) : place;
  });
  return printed.replaceAll(/\$([\w.]+)/g, (place, path: string) => named(values[0], path) ?? place);
}

function named(row: unknown, path: string): string | undefined {
  let value = row;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !(key in value)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'string' ? `'${value}'` : String(value);
}
