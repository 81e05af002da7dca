import type { Environment } from './layer.js';

const OF_OPENTELEMETRY = /^OTEL_/;

/** What tells an OpenTelemetry SDK where to export to and what to sample. */
const OF_PROVIDERS = /^OTEL_(EXPORTER|TRACES|BSP)_/;

/**
 * The variables that are followed here. Beside a file of OpenTelemetry's none of its own, as its specification has it. Beside a provider of the app's
 * not those that it follows: by both sides, spans would arrive twice.
 */
export function ownVariables(
  environment: Environment,
  { isDeclared, isAttached }: { isDeclared: boolean; isAttached: boolean },
): Environment {
  if (isDeclared) return without(OF_OPENTELEMETRY, environment);
  return isAttached ? without(OF_PROVIDERS, environment) : environment;
}

function without(names: RegExp, environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.test(name)));
}
