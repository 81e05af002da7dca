// The page of the local trace viewer; built into one file, dist/viewer/page/app.js, that index.html loads.
import type { TraceSummary } from '../trace.js';
import { h } from './dom.js';
import { listenToKeys } from './keyboard.js';
import { followFeed } from './live-feed.js';
import { formatPlace, parsePlace } from './location-hash.js';
import { createOpenTrace } from './open-trace.js';
import { createSidebar } from './sidebar.js';
import { clearTraces, fetchSummaries } from './trace-client.js';
import { createTraceCollection } from './trace-collection.js';

const PAGE_ROWS = 15;

const traces = createTraceCollection();
const openTrace = createOpenTrace(h('main'), sessionId => sidebar.filterBySession(sessionId));
const openId = () => openTrace.view()?.model.traceId;
let isFollowing = false;

const sidebar = createSidebar({
  openId,
  onClear: () => void clearTraces(),
  onFollow(isOn) {
    isFollowing = isOn;
    const [newest] = sidebar.listed();
    if (isOn && newest) go(newest);
  },
});

document.body.replaceChildren(sidebar.element, openTrace.element);
openTrace.close();
addEventListener('hashchange', openFromHash);
openFromHash();
followFeed({
  onConnect: () => void reload(),
  onDisconnect: () => sidebar.showConnection(false),
  onTraces,
  onRemoved(traceIds) {
    traces.remove(traceIds);
    sidebar.show(traces.list());
  },
  onCleared: showNothing,
});
listenToKeys({
  '/': () => sidebar.focusFilter(),
  f: () => openTrace.view()?.focusSearch(),
  ArrowUp: () => openTrace.view()?.navigation.moveBy(-1),
  ArrowDown: () => openTrace.view()?.navigation.moveBy(1),
  PageUp: () => openTrace.view()?.navigation.moveBy(-PAGE_ROWS),
  PageDown: () => openTrace.view()?.navigation.moveBy(PAGE_ROWS),
  Home: () => openTrace.view()?.navigation.moveBy(-Infinity),
  End: () => openTrace.view()?.navigation.moveBy(Infinity),
  ArrowLeft: () => openTrace.view()?.navigation.foldOrLeave(),
  ArrowRight: () => openTrace.view()?.navigation.unfoldOrEnter(),
  e: () => openTrace.view()?.navigation.nextError(),
  j: () => goBy(1),
  k: () => goBy(-1),
  Escape: leave,
});

/** The viewer may have been restarted meanwhile, so what it has now is all there is. */
async function reload(): Promise<void> {
  const summaries = await fetchSummaries().catch(() => undefined);
  if (!summaries) return;
  sidebar.showConnection(true);
  traces.replace(summaries);
  sidebar.show(traces.list());
  const current = openId();
  if (current) openTrace.refresh(current);
  else openNewest();
}

function onTraces(changed: TraceSummary[]): void {
  const added = traces.update(changed);
  sidebar.show(traces.list());
  for (const { traceId } of changed) openTrace.refresh(traceId);
  if (!openId() || (isFollowing && added.length > 0)) openNewest();
}

/** Without a new entry in the history: the user did not go anywhere. */
function openNewest(): void {
  const [newest] = traces.list();
  if (!newest) return;
  history.replaceState(undefined, '', formatPlace(newest));
  openFromHash();
}

function openFromHash(): void {
  const place = parsePlace(location.hash);
  if (place) openTrace.open(place);
  sidebar.scrollToOpen();
}

function showNothing(): void {
  traces.replace([]);
  sidebar.show([]);
  history.replaceState(undefined, '', location.pathname);
  openTrace.close();
}

function go(trace: TraceSummary): void {
  location.hash = formatPlace({ traceId: trace.traceId });
}

function goBy(steps: number): void {
  const listed = sidebar.listed();
  const at = listed.findIndex(trace => trace.traceId === openId());
  const next = listed[at < 0 ? 0 : Math.min(listed.length - 1, Math.max(0, at + steps))];
  if (next) go(next);
}

/** Out of a text field first, which it empties; then out of the details. */
function leave(): void {
  const { activeElement } = document;
  if (activeElement instanceof HTMLInputElement) {
    activeElement.value = '';
    activeElement.dispatchEvent(new Event('input'));
  }
  if (activeElement instanceof HTMLInputElement || activeElement instanceof HTMLSelectElement) activeElement.blur();
  else openTrace.view()?.navigation.leaveSpan();
}
