import type { Meter } from '@opentelemetry/api';
import type { Recorder } from './recorder.js';

/** Where measurements go while a client runs. */
export interface MetricsSource {
  getMeter(name: string): Meter;
  readonly record: Recorder;
}

/** Shared by all copies of the library in one page or process, as the client is. */
const SLOT = Symbol.for('agentops.metrics.v0');

interface Slot {
  source?: MetricsSource | undefined;
  /** Told of every source that starts. */
  readonly starts: Set<(source: MetricsSource) => void>;
}

const slot: Slot = ((globalThis as { [SLOT]?: Slot })[SLOT] ??= { starts: new Set() });

export function currentSource(): MetricsSource | undefined {
  return slot.source;
}

/** Makes `source` the one that measurements go to; returns how to end that. */
export function startSource(source: MetricsSource): () => void {
  slot.source = source;
  for (const start of slot.starts) start(source);
  return () => {
    if (slot.source === source) slot.source = undefined;
  };
}

/** Calls `start` for the source that runs, and for those to come; returns how to end that. */
export function onSource(start: (source: MetricsSource) => void): () => void {
  slot.starts.add(start);
  if (slot.source) start(slot.source);
  return () => void slot.starts.delete(start);
}
