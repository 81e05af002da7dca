import type { Allowed } from './allowed.js';
import { toMatcher, type Destination } from './destination.js';

/** What a destination gets. Of the rules the first that matches decides. */
export interface OutgoingRule {
  /** Whom the rule is about: one destination, or any of several. */
  to: Destination | Destination[];
  /** Trace headers: all, none, or these, where `x-b3-*` stands for all that begin so. @default true */
  headers?: boolean | string[];
  /** Baggage: all of it, none, or these keys, where `tenant.*` stands for all that begin so. @default false */
  baggage?: boolean | string[];
}

/** What one URL gets. */
export interface Grant {
  readonly headers: Allowed;
  readonly baggage: Allowed;
}

/** `undefined`: nothing at all. */
export type OutgoingPolicy = (url: URL) => Grant | undefined;

export interface OutgoingOptions {
  readonly rules: readonly OutgoingRule[] | undefined;
  /** Get everything, where no rule decides; `false`: what no rule names gets nothing, not even from the trusted. */
  readonly propagateTo: readonly Destination[] | false | undefined;
  /** The platform's own idea of "inside": same origin in a page, private hosts on a server. */
  isTrusted(url: URL): boolean;
}

/** One table: the rules, then `propagateTo` and the trusted with all there is, then nobody. */
export function createOutgoingPolicy({ rules = [], propagateTo, isTrusted }: OutgoingOptions): OutgoingPolicy {
  const table = rules.map(({ to, headers = true, baggage = false }) => row([to].flat(), { headers, baggage }));
  if (propagateTo !== false) {
    const everything = { headers: true, baggage: true };
    table.push(row(propagateTo ?? [], everything), { matches: isTrusted, grant: everything });
  }
  return url => table.find(({ matches }) => matches(url))?.grant;
}

function row(destinations: readonly Destination[], grant: Grant): { matches: (url: URL) => boolean; grant: Grant } {
  const matchers = destinations.map(toMatcher);
  return { matches: url => matchers.some(matches => matches(url)), grant };
}
