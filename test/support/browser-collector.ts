// What arrived at the OTLP collector of browser-backend.mjs, and what the backend knows of its clients.

/** The page's own `fetch`, taken before anything can wrap it: the tests' questions to the backend are no part of what they test. */
export const plainFetch: typeof fetch = fetch.bind(globalThis);

/** A span as it came over the wire. */
export interface WireSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  kind: number;
  startMs: number;
  endMs: number;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
  status: { code?: number; message?: string };
  links: { traceId: string; spanId: string }[];
  events: { name: string }[];
}

export interface Recorded {
  method: string;
  url: string;
  headers: Record<string, string | undefined>;
  body: string;
  crossOrigin: boolean;
}

export interface Delivery {
  headers: Record<string, string | undefined>;
  json: { resourceSpans: OtlpResourceSpans[] };
}

interface OtlpResourceSpans {
  resource: { attributes: OtlpAttribute[] };
  scopeSpans: { spans: OtlpSpan[] }[];
}

/** What is empty or zero may be left out. */
interface OtlpSpan extends Omit<
  WireSpan,
  'attributes' | 'links' | 'events' | 'startMs' | 'endMs' | 'resource' | 'status'
> {
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: OtlpAttribute[];
  status?: WireSpan['status'];
  links?: { traceId: string; spanId: string }[];
  events?: { name: string }[];
}

interface OtlpAttribute {
  key: string;
  value: Record<string, unknown>;
}

/** One test's own corner of the backend. */
export interface Backend {
  readonly id: string;
  /** Path of a route of this corner. */
  path(route: string): string;
  /** The same on the other origin. */
  crossPath(route: string): string;
  /** Requests so far; waits until there are `count`. */
  requests(count?: number): Promise<Recorded[]>;
  /** Answers still being written. */
  open(): Promise<number>;
  answers(list: unknown[]): Promise<void>;
  /** What the collector got. */
  deliveries(count?: number): Promise<Delivery[]>;
  /** Spans that fulfil `wanted`, as soon as there are `count`. */
  spans(wanted?: (span: WireSpan) => boolean, count?: number): Promise<WireSpan[]>;
  /** The one span that fulfils `wanted`. */
  span(wanted: string | ((span: WireSpan) => boolean)): Promise<WireSpan>;
}

const TIMEOUT_MS = 8_000;
const PAUSE_MS = 20;

const { crossOrigin } = (await (await plainFetch('/backend/config')).json()) as { crossOrigin: string };

export function createBackend(name = 'test'): Backend {
  const id = `${name}-${crypto.randomUUID().slice(0, 8)}`;
  const path = (route: string) => `/backend/id/${id}/${route}`;
  const get = async <T>(route: string) => (await (await plainFetch(path(route))).json()) as T;
  const deliveries = (count = 0) => get<Delivery[]>(`received?count=${count}`);

  const spans: Backend['spans'] = async (wanted = () => true, count = 1) => {
    let found: WireSpan[] = [];
    let all: WireSpan[] = [];
    await until(
      async () => {
        all = (await deliveries()).flatMap(({ json }) => toSpans(json));
        found = all.filter(wanted);
        return found.length >= count;
      },
      () =>
        `${count} spans; ${found.length} came, of ${all.map(span => `${span.name} ${span.attributes['url.full']}`).join(', ')}`,
    );
    return found;
  };

  return {
    id,
    path,
    crossPath: route => crossOrigin + path(route),
    async requests(count = 0) {
      let found: Recorded[] = [];
      const enough = async () => {
        // Exports are requests as well.
        found = (await get<Recorded[]>('requests')).filter(({ url }) => !url.includes('/v1/traces'));
        return found.length >= count;
      };
      await until(enough, () => `${count} requests; ${found.length} came`);
      return found;
    },
    open: async () => (await get<{ open: number }>('open')).open,
    async answers(list) {
      await plainFetch(path('answers'), { method: 'POST', body: JSON.stringify(list) });
    },
    deliveries,
    spans,
    async span(wanted) {
      const [span] = await spans(typeof wanted === 'string' ? ({ name: spanName }) => spanName === wanted : wanted);
      if (!span) throw new Error('no such span');
      return span;
    },
  };
}

/** True for the span of a request for `url`, whose query is not in it. */
export function isFor(url: string): (span: WireSpan) => boolean {
  const { origin, pathname } = new URL(url, location.href);
  return ({ attributes }) => attributes['url.full'] === origin + pathname;
}

/** Waits for `condition`; what is waited for is in the error. */
export async function until(condition: () => unknown, what: string | (() => string)): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${typeof what === 'string' ? what : what()}`);
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
  }
}

/** `00-trace-span-flags` in parts. */
export function parseParent(traceparent: string | undefined): { traceId: string; spanId: string } {
  const [, traceId = '', spanId = ''] = traceparent?.split('-') ?? [];
  return { traceId, spanId };
}

export function toSpans({ resourceSpans }: Delivery['json']): WireSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(span => ({
        ...span,
        parentSpanId: span.parentSpanId || undefined,
        startMs: Number(BigInt(span.startTimeUnixNano) / 1_000n) / 1_000,
        endMs: Number(BigInt(span.endTimeUnixNano) / 1_000n) / 1_000,
        attributes: plain(span.attributes ?? []),
        status: span.status ?? {},
        resource: plain(resource.attributes),
        links: span.links ?? [],
        events: span.events ?? [],
      })),
    ),
  );
}

function plain(attributes: OtlpAttribute[]): Record<string, unknown> {
  // OTLP writes whole numbers as strings, which may hold 64 bits.
  const read = (value: OtlpAttribute['value']) =>
    'intValue' in value ? Number(value['intValue']) : Object.values(value)[0];
  return Object.fromEntries(attributes.map(({ key, value }) => [key, read(value)]));
}
