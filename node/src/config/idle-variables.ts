import type { Environment } from './layer.js';

/** OpenTelemetry's variables that nothing here can follow, and why. */
const IDLE: readonly (readonly [names: RegExp, reason: string])[] = [
  [/^OTEL_(LOGS_EXPORTER$|BLRP_|LOGRECORD_|EXPORTER_OTLP_LOGS_)/, 'no logs are made here'],
];

/** Those that are set, each with the reason. */
export function idleVariables(environment: Environment): string[] {
  return setVariables(environment).flatMap(name => {
    const reason = IDLE.find(([names]) => names.test(name))?.[1];
    return reason ? [`${name}: ${reason}`] : [];
  });
}

/** Those that are set and do not stand in `content`, which alone decides beside `OTEL_CONFIG_FILE`. */
export function unreadVariables(content: string, environment: Environment): string[] {
  return setVariables(environment).filter(name => name !== 'OTEL_CONFIG_FILE' && !content.includes(name));
}

function setVariables(environment: Environment): string[] {
  return Object.keys(environment)
    .filter(name => name.startsWith('OTEL_') && environment[name])
    .sort();
}
