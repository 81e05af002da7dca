import type { ViewKind } from '../reading/span-kinds.js';

const SVG = 'http://www.w3.org/2000/svg';

/** Path data on a 16 x 16 grid, stroked. */
const paths = {
  page: 'M2 3.5h12v9H2zM2 6.2h12M4 4.9h.01M5.8 4.9h.01',
  server: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01',
  client: 'M3 8h9.5M9 4.5 12.5 8 9 11.5',
  message: 'M2.5 4h11v8.5h-11zM2.5 4.5 8 9l5.5-4.5',
  agent: 'M3.5 6h9v6.5h-9zM8 6V3.5M6.2 9h.01M9.8 9h.01M1.8 8.5v2M14.2 8.5v2M8 3h.01',
  llm: 'M8 1.8 9.5 6.5 14.2 8 9.5 9.5 8 14.2 6.5 9.5 1.8 8 6.5 6.5z',
  tool: 'M10.2 2.3a3.5 3.5 0 0 0-3.7 4.7L2.4 11.100a1.700 1.700 0 0 0 2.500 2.500L9 9.500a3.500 3.500 0 0 0 4.700-3.700L11.500 8 8.900 7.100 8 4.500z',
  task: 'M2.500 2.500h11v11h-11zM5.200 8.200 7.200 10.200 10.900 6',
  workflow: 'M2 2.500h4.500v3.500H2zM9.500 10h4.500v3.500H9.500zM4.200 6v5.800h5.300',
  session: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 4.800V8l2.300 1.500',
  internal: 'M8 5.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5z',
  chevron: 'M6 4l4 4-4 4',
  close: 'M4 4l8 8M12 4l-8 8',
  copy: 'M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3',
  check: 'M3 8.500 6.500 12 13 4.500',
  trash: 'M2.500 4.500h11M6 4.500v-2h4v2M4 4.500l.7 9h6.600l.7-9',
  alert: 'M8 2 14.500 13.500h-13zM8 6.500v3.200M8 11.600h.01',
  search: 'M7 2.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9zM10.300 10.300 13.500 13.500',
  follow: 'M8 2v8.500M4.500 7 8 10.500 11.500 7M3 13.500h10',
  link: 'M6.500 9.500l3-3M7 4.500l1.500-1.500a3 3 0 0 1 4.300 4.300L11.300 8.800M9 11.500 7.500 13a3 3 0 0 1-4.300-4.300L4.700 7.200',
  fold: 'M3 8h10M5.500 3 8 5.500 10.500 3M5.500 13 8 10.500 10.500 13',
  unfold: 'M3 8h10M5.500 5 8 2.500 10.500 5M5.500 11 8 13.500 10.500 11',
} as const satisfies Record<ViewKind, string> & Record<string, string>;

export type IconName = keyof typeof paths;

export function createIcon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS(SVG, 'path'));
  setIcon(svg, name);
  return svg;
}

/** For rows that are reused: same element, other icon. */
export function setIcon(svg: SVGSVGElement, name: IconName): void {
  const path = svg.firstElementChild;
  if (path?.getAttribute('d') !== paths[name]) path?.setAttribute('d', paths[name]);
}
