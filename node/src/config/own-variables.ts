import type { Environment } from './layer.js';

/** What tells an OpenTelemetry SDK where to export to and what to sample. */
const THEIRS = /^OTEL_(EXPORTER|TRACES|BSP)_/;

/** Those variables that are not for the app's own provider, where there is one: followed by both sides, spans would arrive twice. */
export function ownVariables(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !THEIRS.test(name)));
}
