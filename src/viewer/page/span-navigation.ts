import { isError } from '../reading/span-facts.js';
import { isInFocus, nextSpan, parentOf, type TraceModel } from './trace-model.js';

export interface SpanNavigation {
  moveBy(rows: number): void;
  /** Folds the selected span, or goes to its parent when there is nothing to fold. */
  foldOrLeave(): void;
  /** Unfolds the selected span, or goes to its first child. */
  unfoldOrEnter(): void;
  nextError(): void;
  /** Selects nothing, which closes the details. */
  leaveSpan(): void;
  /** The next span that the search finds. */
  nextMatch(): void;
}

export interface NavigationActions {
  select(spanId: string | undefined): void;
  toggle(spanId: string): void;
}

/** Ways through a trace without a mouse. */
export function createSpanNavigation(model: TraceModel, { select, toggle }: NavigationActions): SpanNavigation {
  return {
    moveBy(rows) {
      const at = model.rows.findIndex(row => row.span.spanId === model.selectedId);
      const to = Math.min(model.rows.length - 1, Math.max(0, at + rows));
      select(model.rows[to]?.span.spanId);
    },
    foldOrLeave() {
      const { selectedId } = model;
      if (selectedId === undefined) return;
      const canFold = model.nodes.get(selectedId)?.children.length && !model.collapsed.has(selectedId);
      if (canFold) toggle(selectedId);
      else select(parentOf(model, selectedId) ?? selectedId);
    },
    unfoldOrEnter() {
      const { selectedId } = model;
      if (selectedId === undefined) return;
      if (model.collapsed.has(selectedId)) toggle(selectedId);
      else select(model.nodes.get(selectedId)?.children[0]?.span.spanId ?? selectedId);
    },
    leaveSpan: () => select(undefined),
    nextError: () => select(nextSpan(model, isError)?.spanId ?? model.selectedId),
    nextMatch: () => select(nextSpan(model, span => isInFocus(model, span))?.spanId ?? model.selectedId),
  };
}
