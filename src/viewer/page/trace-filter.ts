import type { TraceSummary } from '../trace.js';

export interface TraceFilter {
  text: string;
  sessionId: string;
  errorsOnly: boolean;
}

export function filterTraces(traces: TraceSummary[], filter: TraceFilter): TraceSummary[] {
  const wanted = filter.text.trim().toLowerCase();
  return traces.filter(
    trace =>
      (!filter.errorsOnly || trace.errorCount > 0) &&
      (!filter.sessionId || trace.sessionIds.includes(filter.sessionId)) &&
      (!wanted || textsOf(trace).some(text => text.toLowerCase().includes(wanted))),
  );
}

/** Every session with the number of its traces, the latest session first. */
export function sessionsOf(traces: TraceSummary[]): [sessionId: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { sessionIds } of traces) {
    for (const sessionId of sessionIds) counts.set(sessionId, (counts.get(sessionId) ?? 0) + 1);
  }
  return [...counts];
}

function textsOf({ name, traceId, services, sessionIds }: TraceSummary): string[] {
  return [name, traceId, ...services, ...sessionIds];
}
