import type { ServerResponse } from 'node:http';
import { HttpError } from './http-error.js';
import type { Exchange, Route } from './route.js';
import type { StoreChange, TraceStore } from './store/store.js';
import type { TraceSummary } from './trace.js';

/** Long enough to turn a burst into one event, short enough to look immediate. */
const COALESCE_MS = 100;
const HEARTBEAT_MS = 15_000;
const MAX_CLIENTS = 32;
/** A client that reads too slowly is cut off; it reconnects and asks for the list again. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;

export interface LiveEvents {
  route: Route;
  close(): void;
}

interface TracesEvent {
  type: 'traces';
  traces: TraceSummary[];
}

/** Server-sent events: `traces` (summaries that changed), `removed` (ids), `cleared`. */
export function createLiveEvents(store: TraceStore): LiveEvents {
  const clients = new Set<ServerResponse>();
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const unsubscribe = store.subscribe(onChange);
  const heartbeat = setInterval(() => broadcast(': heartbeat\n\n'), HEARTBEAT_MS);

  function onChange(change: StoreChange): void {
    if (change.type === 'changed') {
      for (const traceId of change.traceIds) changed.add(traceId);
      timer ??= setTimeout(flush, COALESCE_MS);
      return;
    }
    if (change.type === 'cleared') changed.clear();
    broadcast(format(change));
  }

  function flush(): void {
    timer = undefined;
    const traces = clients.size > 0 ? [...changed].flatMap(traceId => store.summary(traceId) ?? []) : [];
    changed.clear();
    if (traces.length > 0) broadcast(format({ type: 'traces', traces }));
  }

  function broadcast(message: string): void {
    for (const client of clients) {
      if (client.writableLength > MAX_UNSENT_BYTES) client.destroy();
      else client.write(message);
    }
  }

  function connect({ response }: Exchange): void {
    if (clients.size >= MAX_CLIENTS) throw new HttpError(503, `more than ${MAX_CLIENTS} pages are connected`);
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', connection: 'close' });
    response.write('retry: 1000\n\n');
    clients.add(response);
    response.on('close', () => clients.delete(response));
  }

  return {
    route: { method: 'GET', path: '/api/events', handle: connect },
    close() {
      unsubscribe();
      clearInterval(heartbeat);
      clearTimeout(timer);
      for (const client of clients) client.end();
    },
  };
}

function format({ type, ...data }: Exclude<StoreChange, { type: 'changed' }> | TracesEvent): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
