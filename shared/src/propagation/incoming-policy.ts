import {
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Context,
  type Link,
  type TextMapGetter,
  type TextMapPropagator,
} from '@opentelemetry/api';
import { formatBaggage, MAX_BYTES, parseBaggage } from '../baggage/codec.js';
import { count } from '../telemetry/counters.js';
import { isAllowed, type Allowed } from './allowed.js';
import { b3StateIn, deleteB3State } from './b3-state.js';
import { carrierGetter } from './carrier.js';
import { agrees, globToRegExp, withoutMemory } from './pattern.js';

/** What is believed of a request that comes in. Of the rules the first that matches decides; without one: all of it. */
export interface IncomingRule {
  /**
   * Which requests the rule is about. A string is a path and all below it, `*` any run of characters; a regular expression is tested against the
   * path, percent-decoded and without the query; a function gets the request.
   */
  route: string | RegExp | ((request: RoutedRequest) => boolean);
  /**
   * `continue`: the span is a child of the caller's. `link`: it starts a trace of its own, with a link to the caller's span.
   * `ignore`: it starts a trace of its own, and the caller's is not looked at. @default 'continue'
   */
  mode?: 'continue' | 'link' | 'ignore';
  /**
   * Baggage that is taken over: all of it, none, or these keys, where `tenant.*` stands for all that begin so. The caller's session is in it, as
   * `session.id`. @default true, with `ignore` false
   */
  baggage?: boolean | string[];
  /** Bytes of a `baggage` header that are read, at most; members past it are left out. @default 8192, and never more */
  maxBaggageBytes?: number;
  /** `ignore`: what the caller did not sample is sampled here nevertheless. @default 'respect' */
  sampling?: 'respect' | 'ignore';
}

/** What a function of {@link IncomingRule.route} gets. */
export interface RoutedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly host: string | undefined;
}

/** What becomes of a request: where its span starts, and what it is linked to. */
export interface Admission {
  readonly context: Context;
  readonly links: Link[];
}

export type IncomingPolicy = (request: RoutedRequest & { readonly headers: object }) => Admission;

/**
 * What arrives with a request, as far as the rules let it in.
 * @param getter for the headers of the platform's requests; the default takes any carrier
 */
export function createIncomingPolicy(
  rules: readonly IncomingRule[] | undefined,
  propagator: TextMapPropagator,
  getter: TextMapGetter = carrierGetter,
): IncomingPolicy {
  const reader = { propagator, headerGetter: getter };
  const table = (rules ?? []).map(rule => ({ matches: toMatcher(rule.route), admit: admissionBy(rule, reader) }));
  const admitAll = admissionBy({}, reader);
  return request => {
    if (!table.length) return admitAll(request.headers);
    const routed = { ...request, path: plainPath(request.path) };
    const admit = table.find(({ matches }) => matches(routed))?.admit ?? admitAll;
    return admit(request.headers);
  };
}

function toMatcher(route: IncomingRule['route']): (request: RoutedRequest) => boolean {
  if (typeof route === 'function') return request => agrees(() => route(request));
  const pattern = typeof route === 'string' ? globToRegExp(route) : withoutMemory(route);
  return ({ path }) => pattern.test(path);
}

/** As most routers read it: a caller must not get round a rule by spelling a path in another way. */
function plainPath(path: string): string {
  try {
    const { pathname } = path.startsWith('/') ? new URL(`http://host${path}`) : new URL(path, 'http://host');
    return decodeURIComponent(pathname);
  } catch {
    return path;
  }
}

function admissionBy(
  rule: Omit<IncomingRule, 'route'>,
  { propagator, headerGetter }: { propagator: TextMapPropagator; headerGetter: TextMapGetter },
): (headers: object) => Admission {
  const { mode = 'continue', baggage = mode !== 'ignore', maxBaggageBytes = MAX_BYTES, sampling } = rule;
  const read = (headers: object, getter: TextMapGetter) => propagator.extract(ROOT_CONTEXT, headers, getter);
  const whole = baggage === true && maxBaggageBytes >= MAX_BYTES;
  const getter = whole ? headerGetter : limitBaggage(headerGetter, baggage, maxBaggageBytes);
  if (mode === 'continue') {
    const settle = sampling === 'ignore' ? sampled : (ctx: Context) => ctx;
    return headers => ({ context: settle(read(headers, getter)), links: [] });
  }
  const baggageOnly = hideTraces(getter);
  return headers => ({
    context: read(headers, baggageOnly),
    links: mode === 'link' ? linkTo(read(headers, headerGetter)) : [],
  });
}

function limitBaggage(getter: TextMapGetter, allowed: Allowed, maxBytes: number): TextMapGetter {
  return {
    ...getter,
    get(carrier, name) {
      const value = getter.get(carrier, name);
      if (name !== 'baggage' || value === undefined) return value;
      const members = [...parseBaggage(wholeMembers([value].flat().join(','), maxBytes))];
      const kept = members.filter(([key]) => isAllowed(allowed, key));
      count('baggage.refused', members.length - kept.length);
      return formatBaggage(kept).header || undefined;
    },
  };
}

function wholeMembers(header: string, maxBytes: number): string {
  if (header.length <= maxBytes) return header;
  count('baggage.dropped');
  return header.slice(0, Math.max(0, header.lastIndexOf(',', maxBytes)));
}

function hideTraces(getter: TextMapGetter): TextMapGetter {
  return { ...getter, get: (carrier, name) => (name === 'baggage' ? getter.get(carrier, name) : undefined) };
}

/** The caller's span keeps its ids, and counts as sampled. */
function sampled(ctx: Context): Context {
  // B3 can say no without naming a span. Its debug flag says yes.
  const open = b3StateIn(ctx)?.state === 'd' ? ctx : deleteB3State(ctx);
  const caller = trace.getSpanContext(open);
  return caller ? trace.setSpanContext(open, { ...caller, traceFlags: caller.traceFlags | TraceFlags.SAMPLED }) : open;
}

function linkTo(ctx: Context): Link[] {
  const caller = trace.getSpanContext(ctx);
  return caller ? [{ context: caller }] : [];
}
