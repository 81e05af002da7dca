import { formatDuration } from '../reading/duration.js';
import type { ViewerSpan } from '../span.js';
import { h } from './dom.js';
import type { TraceModel } from './trace-model.js';

type Format = (value: unknown) => string;

const count: Format = value => Number(value).toLocaleString('en');
const seconds: Format = value => formatDuration(Number(value) * 1_000);
const list: Format = value => (Array.isArray(value) ? value.join(', ') : String(value));

/** What is asked first of a span of each sort; shown as a card where the span has it. */
const cards: readonly (readonly [key: string, name: string, format: Format])[] = [
  ['gen_ai.request.model', 'model', String],
  ['gen_ai.usage.input_tokens', 'tokens in', count],
  ['gen_ai.usage.output_tokens', 'tokens out', count],
  ['gen_ai.response.time_to_first_chunk', 'first chunk', seconds],
  ['gen_ai.response.finish_reasons', 'finish', list],
  ['gen_ai.tool.name', 'tool', String],
  ['gen_ai.agent.name', 'agent', String],
  ['http.request.method', 'method', String],
  ['http.response.status_code', 'status', String],
];

/** The numbers of one span as cards: its time first, then what its attributes tell. */
export function createSpanStats(span: ViewerSpan, model: TraceModel): HTMLElement {
  const { startMs, endMs } = model.bounds;
  const share = endMs > startMs ? (span.durationMs / (endMs - startMs)) * 100 : 100;
  const stats: [name: string, value: string][] = [
    ['duration', formatDuration(span.durationMs)],
    ['of the trace', `${share < 1 ? '<1' : Math.round(share)} %`],
    ['own time', formatDuration(ownTime(span, model))],
    ['starts at', `+${formatDuration(span.startMs - startMs)}`],
  ];
  for (const [key, name, format] of cards) {
    const value = span.attributes[key];
    if (value !== undefined) stats.push([name, format(value)]);
  }
  return h(
    'div',
    { class: 'stats' },
    ...stats.map(([name, value]) => h('div', { class: 'stat', title: value }, h('b', {}, value), h('span', {}, name))),
  );
}

/** The time in which no child was running. Children may overlap, so their time is a union and not a sum. */
function ownTime(span: ViewerSpan, { nodes }: TraceModel): number {
  const spanEnd = span.startMs + span.durationMs;
  let covered = 0;
  let until = span.startMs;
  for (const { span: child } of nodes.get(span.spanId)?.children ?? []) {
    const start = Math.max(child.startMs, until);
    const end = Math.min(child.startMs + child.durationMs, spanEnd);
    if (end <= start) continue;
    covered += end - start;
    until = end;
  }
  return Math.max(0, span.durationMs - covered);
}
