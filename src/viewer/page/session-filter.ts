import type { TraceSummary } from '../trace.js';
import { h } from './dom.js';
import { sessionsOf } from './trace-filter.js';

export interface SessionFilter {
  element: HTMLSelectElement;
  show(traces: TraceSummary[]): void;
  choose(sessionId: string): void;
}

/** Hidden while no trace belongs to a session. */
export function createSessionFilter(onChange: (sessionId: string) => void): SessionFilter {
  const element = h('select', { class: 'sessions', attributes: { 'aria-label': 'Session' } });
  let shown = '';
  element.hidden = true;
  element.addEventListener('change', () => onChange(element.value));

  return {
    element,
    show(traces) {
      const sessions = sessionsOf(traces);
      // Rebuilding it would close the list in the user's face.
      if (JSON.stringify(sessions) === shown) return;
      shown = JSON.stringify(sessions);
      const chosen = element.value;
      element.hidden = sessions.length === 0;
      element.replaceChildren(
        new Option(`All sessions (${sessions.length})`, ''),
        ...sessions.map(([id, count]) => new Option(`${id}  (${count})`, id)),
      );
      element.value = chosen;
    },
    choose(sessionId) {
      element.value = sessionId;
    },
  };
}
