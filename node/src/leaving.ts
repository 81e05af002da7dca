/** True for what an app gives when it has seen enough of an answer: no error, any reason, an abort. A time-out is a failure. */
export function isLeaving(error: unknown): boolean {
  return !(error instanceof Error) || error.name === 'AbortError';
}
