import { h } from './dom.js';
import { colorOf } from './service-colors.js';

export function createServiceDot(service: string): HTMLElement {
  const dot = h('span', { class: 'dot', title: service });
  dot.style.setProperty('--service', colorOf(service));
  return dot;
}
