import type { ViewerSpan } from '../span.js';
import { h } from './dom.js';
import { createSpanDetails } from './span-details.js';
import type { TraceModel } from './trace-model.js';

export interface DetailsPanel {
  element: HTMLElement;
  /** Draws the selected span; does nothing while it is the one that is shown already, so that reading is not disturbed. */
  draw(): void;
}

/** The panel beside the waterfall; gone while no span is selected. */
export function createDetailsPanel(model: TraceModel, onClose: () => void): DetailsPanel {
  const element = h('aside', { class: 'details', attributes: { 'aria-label': 'Span details' } });
  let shown: ViewerSpan | undefined;
  element.hidden = true;

  return {
    element,
    draw() {
      const span = model.selectedId === undefined ? undefined : model.spans.get(model.selectedId);
      if (span === shown) return;
      const isSameSpan = span?.spanId === shown?.spanId;
      shown = span;
      element.hidden = span === undefined;
      element.replaceChildren(...(span ? [createSpanDetails(span, model, onClose)] : []));
      if (!isSameSpan) element.scrollTop = 0;
    },
  };
}
