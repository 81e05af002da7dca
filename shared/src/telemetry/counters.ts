/** What was left out on the way in or out, and why. */
export type CountedCause =
  /** Members that came or were to go beyond the limits. */
  | 'baggage.dropped'
  /** Members that came and follow no grammar. */
  | 'baggage.invalid'
  /** Members that came, and that no rule for incoming requests lets in. */
  | 'baggage.refused'
  /** `b3` or `X-B3-*` ids that came and follow no grammar. */
  | 'b3.invalid'
  /** Reading or writing one header of a carrier threw. */
  | 'carrier.invalid'
  /** Two formats named different traces; the first was followed. */
  | 'propagation.conflict'
  | 'traceparent.invalid'
  | 'tracestate.invalid';

const counts: Partial<Record<CountedCause, number>> = {};

export function count(cause: CountedCause, times = 1): void {
  if (times) counts[cause] = (counts[cause] ?? 0) + times;
}

/** All of it since the page or process started; what never happened is not there. */
export function readCounts(): Partial<Record<CountedCause, number>> {
  return { ...counts };
}
