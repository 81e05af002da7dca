import { formatDuration } from '../reading/duration.js';
import { formatTimeAgo } from '../reading/time-ago.js';
import type { TraceSummary } from '../trace.js';
import { h, setText } from './dom.js';
import { formatPlace } from './location-hash.js';
import { createServiceDot } from './service-dot.js';
import type { Row } from './virtual-list.js';

const MAX_DOTS = 6;

/** One trace in the list. `openId` tells which one is open. */
export function createTraceListRow(openId: () => string | undefined): Row<TraceSummary> {
  const name = h('span', { class: 'item-name' });
  const duration = h('span', { class: 'item-duration mono' });
  const dots = h('span', { class: 'dots' });
  const facts = h('span', { class: 'item-facts' });
  const error = h('span', { class: 'badge badge-error' });
  const ago = h('span', { class: 'item-ago' });
  const element = h(
    'a',
    { class: 'item' },
    h('span', { class: 'item-line' }, name, error, duration),
    h('span', { class: 'item-line' }, dots, facts, ago),
  );

  function show(trace: TraceSummary): void {
    element.href = formatPlace(trace);
    element.classList.toggle('is-open', trace.traceId === openId());
    if (trace.traceId === openId()) element.setAttribute('aria-current', 'true');
    else element.removeAttribute('aria-current');
    setText(name, trace.name);
    name.title = trace.name;
    setText(duration, formatDuration(trace.durationMs));
    dots.replaceChildren(...trace.services.slice(0, MAX_DOTS).map(createServiceDot));
    setText(facts, factsOf(trace));
    facts.title = trace.services.join(', ');
    error.hidden = trace.errorCount === 0;
    setText(error, String(trace.errorCount));
    error.title = `${trace.errorCount} spans with an error`;
    setText(ago, formatTimeAgo(trace.startTimeUnixMs, Date.now()));
    ago.title = new Date(trace.startTimeUnixMs).toLocaleString();
  }

  return { element, show };
}

function factsOf({ rootService, services, spanCount, tokens }: TraceSummary): string {
  const others = services.length > 1 ? ` +${services.length - 1}` : '';
  const facts = [`${rootService}${others}`, `${spanCount.toLocaleString('en')} ${spanCount === 1 ? 'span' : 'spans'}`];
  if (tokens > 0) facts.push(`${tokens.toLocaleString('en')} tok`);
  return facts.join('  ·  ');
}
