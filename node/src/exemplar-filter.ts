import type { Environment } from './config/layer.js';

const FILTER = 'OTEL_METRICS_EXEMPLAR_FILTER';
const OFF = 'always_off';
const KNOWN = ['always_on', OFF, 'trace_based'];

/**
 * Says what becomes of the variable. The SDK (2.12) has exemplars in its sources and collects none, its data points have no place for them, and
 * OTLP's serializers write none.
 */
export function readExemplarFilter(environment: Environment, warnings: string[]): void {
  const text = environment[FILTER];
  const name = text?.trim().toLowerCase();
  if (!text || name === OFF) return;
  if (KNOWN.includes(name ?? '')) warnings.push(`${FILTER} has no effect: metrics are sent without exemplars`);
  else warnings.push(`${FILTER} must be one of "${KNOWN.join('", "')}"; it is ignored`);
}
