import type { ViewerSpan } from '../../../src/viewer/span.js';

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

/** `1` -> `0000000000000001`. */
export function spanId(number: number): string {
  return number.toString(16).padStart(16, '0');
}

export function traceId(number: number): string {
  return number.toString(16).padStart(32, '0');
}

export function makeSpan(id: number, fields: Partial<ViewerSpan> = {}): ViewerSpan {
  return {
    traceId: TRACE_ID,
    spanId: spanId(id),
    name: `span ${id}`,
    kind: 'internal',
    startMs: 1_000 + id,
    durationMs: 10,
    attributes: {},
    events: [],
    links: [],
    status: { code: 'unset' },
    resource: {},
    service: 'planner',
    scope: { name: 'test' },
    ...fields,
  };
}
