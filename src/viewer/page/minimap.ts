import { isError } from '../reading/span-facts.js';
import { fractionOf, type TimeRange } from '../reading/time-axis.js';
import { h } from './dom.js';
import { colorOf } from './service-colors.js';
import type { TraceModel } from './trace-model.js';

/** A drag shorter than this is a click. */
const MIN_DRAG = 0.005;
/** How much of its line a span fills. */
const FILL = 0.75;

export interface Minimap {
  element: HTMLElement;
  show(model: TraceModel): void;
}

/** The whole trace in a strip. Drag to zoom into a part of it; click to see all again. */
export function createMinimap(onZoom: (zoom: TimeRange | undefined) => void): Minimap {
  const canvas = h('canvas');
  const before = h('i', { class: 'minimap-mask' });
  const after = h('i', { class: 'minimap-mask' });
  const element = h(
    'div',
    { class: 'minimap', title: 'Drag to zoom into a part, click to see all' },
    canvas,
    before,
    after,
  );
  let model: TraceModel | undefined;
  let dragStart: number | undefined;

  function draw(): void {
    if (!model) return;
    drawSpans(canvas, model);
    maskOutside(model.zoom ? { from: at(model.zoom.startMs), to: at(model.zoom.endMs) } : { from: 0, to: 1 });
  }

  function at(timeMs: number): number {
    return model ? fractionOf(model.bounds, timeMs) : 0;
  }

  function maskOutside({ from, to }: { from: number; to: number }): void {
    before.style.width = `${Math.max(0, from) * 100}%`;
    after.style.width = `${Math.max(0, 1 - to) * 100}%`;
    after.style.left = 'auto';
    after.style.right = '0';
  }

  function fractionAt(event: PointerEvent): number {
    const { left, width } = element.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  }

  element.addEventListener('pointerdown', event => {
    dragStart = fractionAt(event);
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener('pointermove', event => {
    if (dragStart !== undefined) maskOutside(ordered(dragStart, fractionAt(event)));
  });
  element.addEventListener('pointerup', event => {
    if (!model || dragStart === undefined) return;
    const { from, to } = ordered(dragStart, fractionAt(event));
    const { startMs, endMs } = model.bounds;
    const timeAt = (fraction: number) => startMs + fraction * (endMs - startMs);
    dragStart = undefined;
    onZoom(to - from < MIN_DRAG ? undefined : { startMs: timeAt(from), endMs: timeAt(to) });
  });
  new ResizeObserver(draw).observe(element);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);

  return {
    element,
    show(next) {
      model = next;
      draw();
    },
  };
}

function ordered(a: number, b: number): { from: number; to: number } {
  return { from: Math.min(a, b), to: Math.max(a, b) };
}

/** One line a span, in the order of the rows with everything open. */
function drawSpans(canvas: HTMLCanvasElement, { nodes, bounds }: TraceModel): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext('2d');
  if (!context || width === 0) return;
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  context.scale(devicePixelRatio, devicePixelRatio);
  const style = getComputedStyle(document.documentElement);
  const colors = new Map<string, string>();
  const colorNamed = (name: string) => {
    const known = colors.get(name) ?? style.getPropertyValue(name).trim();
    colors.set(name, known);
    return known;
  };
  const rowHeight = Math.min(6, height / Math.max(1, nodes.size));
  let y = 0;
  for (const { span } of nodes.values()) {
    const left = fractionOf(bounds, span.startMs) * width;
    const right = fractionOf(bounds, span.startMs + span.durationMs) * width;
    context.fillStyle = colorNamed(isError(span) ? '--error' : colorOf(span.service).slice('var('.length, -1));
    context.fillRect(left, y, Math.max(1, right - left), Math.max(1, rowHeight * FILL));
    y += rowHeight;
  }
}
