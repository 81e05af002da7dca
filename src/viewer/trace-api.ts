import { HttpError } from './http-error.js';
import { sendJson } from './respond.js';
import type { Exchange, Route } from './route.js';
import type { TraceStore } from './store/store.js';
import { buildTree } from './reading/tree.js';

/** What the page reads. */
export function traceRoutes(store: TraceStore): Route[] {
  return [
    { method: 'GET', path: '/api/traces', handle: exchange => list(exchange, store) },
    { method: 'GET', path: '/api/traces/*', handle: exchange => show(exchange, store) },
    {
      method: 'DELETE',
      path: '/api/traces',
      handle({ response }) {
        store.clear();
        sendJson(response, 200, { traces: [] });
      },
    },
  ];
}

function list({ url, response }: Exchange, store: TraceStore): void {
  sendJson(response, 200, { traces: store.summaries(url.searchParams.get('session') ?? undefined) });
}

/** `?after=<version>` asks only for the spans that came since: a live page does not fetch 20,000 spans for one more. */
function show({ url, rest, response }: Exchange, store: TraceStore): void {
  const whole = store.trace(rest.toLowerCase());
  if (!whole) throw new HttpError(404, 'no such trace; it may have been dropped to make room for newer ones');
  const after = Number(url.searchParams.get('after') ?? 0) || 0;
  const part = after > 0 ? store.trace(whole.traceId, after) : whole;
  sendJson(response, 200, { ...(part ?? whole), orphans: buildTree(whole.spans).orphans });
}
