import type { InitOptions } from '@agentops/shared';
import { must } from '@agentops/shared/config/validate';
import { checked, flag, idle, name, type Part } from './parts.js';
import { meterProvider } from './meter-provider.js';
import { propagator } from './propagator.js';
import { resource } from './resource.js';
import { piece, sections, type Piece } from './sections.js';
import { attributeLimits } from './span-limits.js';
import { tracerProvider } from './tracer-provider.js';

/** The last minor version of the schema 1 that is known here, https://github.com/open-telemetry/opentelemetry-configuration. */
const MINOR = 1;

const SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const LEVELS = SEVERITIES.flatMap(level => ['', '2', '3', '4'].map(step => `${level}${step}`));

const SECTIONS = {
  file_format: piece(
    checked(must(`be "1.${MINOR}", or another version of 1`, found => minorOf(found) !== undefined)),
    () => ({}),
  ),
  // Asked for before all else, in what may be wrong otherwise: see `disabledBy`.
  disabled: piece(flag, () => ({})),
  log_level: piece(name(...LEVELS), (level): InitOptions => ({ debug: /^(trace|debug)/.test(level) })),
  resource,
  propagator,
  // Before those of spans alone, which go before them.
  attribute_limits: attributeLimits,
  tracer_provider: tracerProvider,
  meter_provider: meterProvider,
  logger_provider: idle('no logs are made here'),
  'instrumentation/development': idle('instrumentation is not configured by it here'),
  distribution: idle('is for other distributions'),
};

const isTheirs = idle('is for the provider of the app');

/** The whole document. */
export const document: Part<Piece> = sections(SECTIONS, ['file_format']);

/** What is left of it where the app has a provider of its own, which may follow it too: by both, everything would be sent twice. */
export const documentBesideProvider: Part<Piece> = sections(
  { ...SECTIONS, attribute_limits: isTheirs, tracer_provider: isTheirs, meter_provider: isTheirs },
  ['file_format'],
);

/** Whether a document with this `file_format` may have names that are not known here. */
export function isNewer(format: unknown): boolean {
  return (minorOf(format) ?? 0) > MINOR;
}

/** Without quotes it is a number, and 1.0 is 1. */
function minorOf(format: unknown): number | undefined {
  if (typeof format !== 'string' && typeof format !== 'number') return undefined;
  const found = /^1(?:\.(?<minor>\d+)(?:-[\w.]+)?)?$/.exec(String(format));
  return found ? Number(found.groups?.['minor'] ?? 0) : undefined;
}
