// Holds what the viewer has received against what one click must look like.
import { setTimeout as pause } from 'node:timers/promises';

const SERVICES = ['chat-page', 'planner', 'researcher', 'tools'];
const DEADLINE_MS = 20_000;

/** @returns {Promise<{ summary: string, faults: string[] }>} */
export async function checkRun(viewer) {
  const traces = await settledTraces(viewer);
  // Loading the page is a trace of its own, of the same session: the page and the request that fetched it.
  const clicks = traces.filter(({ spans }) => spans.some(({ name }) => name === 'ask'));
  const others = traces.filter(trace => !clicks.includes(trace) && !isPageLoad(trace));
  const [click] = clicks;
  const faults = [
    ...(clicks.length === 1 ? [] : [`the click made ${clicks.length} traces`]),
    ...others.map(
      ({ traceId, spans }) => `trace ${traceId} (${spans.map(({ name }) => name)}) belongs to no interaction`,
    ),
    ...(click ? faultsOf(click) : []),
  ];
  const services = new Set(click?.spans.map(({ service }) => service));
  const summary = `one click: ${clicks.length} trace, ${click?.spans.length ?? 0} spans, services ${[...services].join(', ')}`;
  return { summary, faults };
}

function faultsOf({ spans }) {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const sessions = new Set(spans.map(({ attributes }) => attributes['session.id']));
  const roots = spans.filter(({ parentSpanId }) => !parentSpanId);
  const afterPlanner = spans.filter(span => span.service !== 'chat-page' && !isFeedback(span));
  return [
    ...SERVICES.filter(service => !spans.some(span => span.service === service)).map(
      service => `no span of ${service}`,
    ),
    ...spans.filter(span => span.parentSpanId && !ids.has(span.parentSpanId)).map(span => `${span.name} is an orphan`),
    ...(roots.length === 1 && roots[0].service === 'chat-page'
      ? []
      : [`the roots are ${roots.map(({ name }) => name)}`]),
    ...(sessions.size === 1 && !sessions.has(undefined) ? [] : [`the sessions are ${[...sessions]}`]),
    ...without(spans, 'app.plan', 'pro'),
    ...without(afterPlanner, 'tenant.id', 'acme'),
  ];
}

function without(spans, key, value) {
  return spans
    .filter(({ attributes }) => attributes[key] !== value)
    .map(span => `${span.service}: ${span.name} lacks baggage ${key}=${value}`);
}

/** A request of the same page that is not the question: nobody has named a tenant in it. */
function isFeedback({ attributes, name }) {
  return attributes['url.path'] === '/api/feedback' || name.endsWith('/api/feedback');
}

function isPageLoad({ spans }) {
  return (
    spans.some(({ name }) => name === 'page load') ||
    spans.every(({ attributes }) => attributes['http.request.method'] === 'GET')
  );
}

/** Every process sends on its own; the run is over when the interaction is there and nothing more comes. */
async function settledTraces(viewer) {
  const deadline = Date.now() + DEADLINE_MS;
  for (let before; Date.now() < deadline; await pause(1_500)) {
    const traces = await readTraces(viewer);
    const spans = traces.flatMap(trace => trace.spans);
    if (spans.length === before && spans.some(({ name }) => name === 'ask')) return traces;
    before = spans.length;
  }
  throw new Error(`the trace was not complete after ${DEADLINE_MS} ms`);
}

async function readTraces(viewer) {
  const { traces } = await (await fetch(`${viewer}/api/traces`)).json();
  return Promise.all(traces.map(async ({ traceId }) => (await fetch(`${viewer}/api/traces/${traceId}`)).json()));
}
