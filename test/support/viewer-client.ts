/** A span as the viewer's `/api/traces/:id` gives it. */
export interface ViewerSpan {
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly service: string;
  readonly attributes: Record<string, unknown>;
}

export interface ViewerTrace {
  readonly traceId: string;
  readonly spans: ViewerSpan[];
}

const DEADLINE_MS = 60_000;
const POLL_MS = 250;

/** Every trace the viewer holds, once `settled` says that all has come. */
export async function readTraces(viewer: string, settled: (traces: ViewerTrace[]) => boolean): Promise<ViewerTrace[]> {
  const deadline = Date.now() + DEADLINE_MS;
  let traces = await readAll(viewer);
  let before = 0;
  // Complete, and nothing more came since the last look.
  while (!(settled(traces) && countSpans(traces) === before)) {
    if (Date.now() > deadline) throw new Error(`after ${DEADLINE_MS} ms the viewer has ${countSpans(traces)} spans`);
    before = countSpans(traces);
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
    traces = await readAll(viewer);
  }
  return traces;
}

async function readAll(viewer: string): Promise<ViewerTrace[]> {
  const { traces } = (await getJson(`${viewer}/api/traces`)) as { traces: { traceId: string }[] };
  return Promise.all(traces.map(({ traceId }) => getJson(`${viewer}/api/traces/${traceId}`) as Promise<ViewerTrace>));
}

async function getJson(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}

function countSpans(traces: ViewerTrace[]): number {
  return traces.reduce((count, { spans }) => count + spans.length, 0);
}
