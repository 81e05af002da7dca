export interface TimeRange {
  startMs: number;
  endMs: number;
}

const steps = [1, 2, 5, 10] as const;

/** Offsets from `originMs`, round ones, about `count` of them within the range. */
export function ticksIn({ startMs, endMs }: TimeRange, originMs: number, count: number): number[] {
  const rough = (endMs - startMs) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = (steps.find(candidate => candidate * magnitude >= rough) ?? 10) * magnitude;
  const first = Math.ceil((startMs - originMs) / step - 1e-9);
  const last = Math.floor((endMs - originMs) / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** Where a time stands in a range: 0 at its start, 1 at its end. */
export function fractionOf({ startMs, endMs }: TimeRange, timeMs: number): number {
  return endMs > startMs ? (timeMs - startMs) / (endMs - startMs) : 0;
}
