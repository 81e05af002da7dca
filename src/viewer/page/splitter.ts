import { h } from './dom.js';

export interface SplitterOptions {
  host: HTMLElement;
  /** The custom property on the host that holds the width, in pixels. */
  property: string;
  min: number;
  /** Measures from the right edge of the host instead of the left. */
  fromRight?: boolean;
}

/** A bar to drag between two columns. */
export function createSplitter({ host, property, min, fromRight = false }: SplitterOptions): HTMLElement {
  const element = h('div', { class: 'splitter', attributes: { role: 'separator', 'aria-orientation': 'vertical' } });
  element.addEventListener('pointerdown', event => {
    element.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  element.addEventListener('pointermove', event => {
    if (!element.hasPointerCapture(event.pointerId)) return;
    const { left, right, width } = host.getBoundingClientRect();
    const wanted = fromRight ? right - event.clientX : event.clientX - left;
    host.style.setProperty(property, `${Math.min(Math.max(wanted, min), width - min)}px`);
  });
  return element;
}
