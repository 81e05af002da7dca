import type { TraceSummary } from '../trace.js';

export interface FeedListener {
  /** Connected, for the first time or again: what happened meanwhile has to be fetched. */
  onConnect(): void;
  onDisconnect(): void;
  onTraces(traces: TraceSummary[]): void;
  onRemoved(traceIds: string[]): void;
  onCleared(): void;
}

/** The browser reconnects by itself, except after an answer that is not an event stream: then it gives up for good. */
const RECONNECT_MS = 2_000;

export function followFeed(listener: FeedListener): void {
  const source = new EventSource('/api/events');
  source.addEventListener('open', listener.onConnect);
  source.addEventListener('traces', event => listener.onTraces(dataOf<{ traces: TraceSummary[] }>(event).traces));
  source.addEventListener('removed', event => listener.onRemoved(dataOf<{ traceIds: string[] }>(event).traceIds));
  source.addEventListener('cleared', listener.onCleared);
  source.addEventListener('error', () => {
    listener.onDisconnect();
    if (source.readyState === EventSource.CLOSED) setTimeout(() => followFeed(listener), RECONNECT_MS);
  });
}

function dataOf<Data>(event: MessageEvent<string>): Data {
  return JSON.parse(event.data) as Data;
}
