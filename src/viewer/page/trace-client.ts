import type { Trace, TraceSummary } from '../trace.js';

export async function fetchSummaries(): Promise<TraceSummary[]> {
  const { traces } = (await fetchJson('/api/traces')) as { traces: TraceSummary[] };
  return traces;
}

/** Undefined when the viewer does not have the trace, or cannot be reached. */
export async function fetchTrace(traceId: string, afterVersion: number): Promise<Trace | undefined> {
  const path = `/api/traces/${encodeURIComponent(traceId)}?after=${afterVersion}`;
  return (await fetchJson(path).catch(() => undefined)) as Trace | undefined;
}

export async function clearTraces(): Promise<void> {
  await fetch('/api/traces', { method: 'DELETE' });
}

async function fetchJson(path: string): Promise<unknown> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}
