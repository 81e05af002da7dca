/** An int64 holds 19 digits; the bound keeps BigInt from being handed a megabyte of them. */
const INTEGER = /^-?\d{1,20}$/;

/** A 64-bit integer as a number, or as its digits where a number would round it. */
export function toPlainInteger(value: unknown): number | string {
  const digits = typeof value === 'bigint' ? value.toString() : String(value);
  const number = Number(digits);
  if (Number.isSafeInteger(number)) return number;
  if (!INTEGER.test(digits)) throw new Error('an intValue is not an integer');
  return digits;
}

/** JSON, which the page is served, has no NaN and no infinities: they become their names. */
export function toPlainNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
