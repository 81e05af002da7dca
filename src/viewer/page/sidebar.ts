import type { TraceSummary } from '../trace.js';
import { h, setText } from './dom.js';
import { createIcon } from './icons.js';
import { createSessionFilter } from './session-filter.js';
import { createToggle } from './toggle-button.js';
import { createTraceList } from './trace-list.js';

export interface SidebarOptions {
  openId(): string | undefined;
  onClear(): void;
  onFollow(isFollowing: boolean): void;
}

export interface Sidebar {
  element: HTMLElement;
  show(traces: TraceSummary[]): void;
  showConnection(isConnected: boolean): void;
  listed(): TraceSummary[];
  filterBySession(sessionId: string): void;
  focusFilter(): void;
  scrollToOpen(): void;
}

/** The list of traces and what narrows it down. */
export function createSidebar({ openId, onClear, onFollow }: SidebarOptions): Sidebar {
  const count = h('span', { class: 'muted' });
  const status = h('span', { class: 'status' });
  const list = createTraceList({ openId, onCount: text => setText(count, text) });
  const sessions = createSessionFilter(sessionId => list.narrow({ sessionId }));
  const input = h('input', {
    attributes: { type: 'search', placeholder: 'Filter traces  ( / )', 'aria-label': 'Filter traces' },
  });
  input.addEventListener('input', () => list.narrow({ text: input.value }));
  const toolbar = h(
    'div',
    { class: 'toolbar' },
    count,
    h('span', { class: 'spacer' }),
    createToggle({
      icon: 'alert',
      label: 'Errors',
      title: 'Only traces with errors',
      onChange: errorsOnly => list.narrow({ errorsOnly }),
    }),
    createToggle({ icon: 'follow', label: 'Follow', title: 'Always open the newest trace', onChange: onFollow }),
    h('button', { class: 'icon-button', title: 'Forget all traces', onclick: onClear }, createIcon('trash')),
  );
  const brand = h('div', { class: 'brand' }, createLogo(), h('b', {}, 'AgentOps'), h('span', {}, 'viewer'), status);
  const filters = h('div', { class: 'filters' }, h('div', { class: 'search' }, input), sessions.element);

  return {
    element: h(
      'nav',
      { class: 'sidebar', attributes: { 'aria-label': 'Traces' } },
      brand,
      filters,
      toolbar,
      list.element,
      createKeyHints(),
    ),
    listed: list.listed,
    focusFilter: () => input.select(),
    scrollToOpen: list.scrollToOpen,
    show(traces) {
      sessions.show(traces);
      list.show(traces);
    },
    showConnection(isConnected) {
      status.classList.toggle('is-connected', isConnected);
      setText(status, isConnected ? 'live' : 'reconnecting');
    },
    filterBySession(sessionId) {
      sessions.choose(sessionId);
      list.narrow({ sessionId });
    },
  };
}

function createLogo(): HTMLElement {
  return h('span', { class: 'logo' }, h('i'), h('i'), h('i'));
}

function createKeyHints(): HTMLElement {
  const hints = [
    ['↑↓', 'move'],
    ['←→', 'fold'],
    ['j k', 'trace'],
    ['e', 'error'],
    ['Esc', 'close'],
  ] as const;
  return h('footer', { class: 'keys' }, ...hints.map(([key, meaning]) => h('span', {}, h('kbd', {}, key), meaning)));
}
