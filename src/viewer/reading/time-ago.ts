const units: readonly (readonly [limitMs: number, unitMs: number, suffix: string])[] = [
  [60_000, 1_000, 's'],
  [3_600_000, 60_000, 'm'],
  [86_400_000, 3_600_000, 'h'],
  [Infinity, 86_400_000, 'd'],
];

/** `now`, `12s`, `5m`, `3h`, `2d`. */
export function formatTimeAgo(timeMs: number, nowMs: number): string {
  const age = nowMs - timeMs;
  if (age < 5_000) return 'now';
  const [, unitMs, suffix] = units.find(([limitMs]) => age < limitMs) ?? [0, 86_400_000, 'd'];
  return `${Math.floor(age / unitMs)}${suffix}`;
}
