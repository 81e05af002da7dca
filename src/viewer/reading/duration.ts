const MS_PER_SECOND = 1_000;
const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;

/** Three significant digits and the unit a person would pick: `420 µs`, `12.3 ms`, `2.41 s`, `1 m 05 s`, `2 h 10 m`. */
export function formatDuration(durationMs: number): string {
  if (durationMs <= 0) return '0 ms';
  if (durationMs < 0.9995) return `${significant(durationMs * MS_PER_SECOND)} µs`;
  if (durationMs < 999.5) return `${significant(durationMs)} ms`;
  if (durationMs < 59_950) return `${significant(durationMs / MS_PER_SECOND)} s`;
  // Rounding before splitting keeps 59.6 s out of "1 m 60 s".
  const seconds = Math.round(durationMs / MS_PER_SECOND);
  if (seconds * MS_PER_SECOND < MS_PER_HOUR) return `${Math.floor(seconds / 60)} m ${twoDigits(seconds % 60)} s`;
  const minutes = Math.round(durationMs / MS_PER_MINUTE);
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} m`;
}

function significant(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
