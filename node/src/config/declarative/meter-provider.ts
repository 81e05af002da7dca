import { isDeepStrictEqual } from 'node:util';
import type { InitOptions } from '@agentops/shared';
import type { MetricsOptions } from '@agentops/shared/metrics/options';
import { beyond, list, made, name, type Part, type Place, tell } from './parts.js';
import { reader } from './metric-readers.js';
import { view } from './metric-views.js';
import { piece, sections, type Piece } from './sections.js';

/** All readers have their settings in common here: those of the first that says any. */
const readers: Part<MetricsOptions> = place => {
  const found: { options: MetricsOptions; at: Place }[] = [];
  list(at => {
    const options = reader(at);
    if (options) found.push({ options, at });
    return options;
  })(place);
  return found.reduce<MetricsOptions>((settled, { options, at }) => settle(settled, options, at), { exporters: [] });
};

function settle(settled: MetricsOptions, { exporters = [], ...settings }: MetricsOptions, at: Place): MetricsOptions {
  const isTaken = exporters.some(exporter => settled.exporters?.includes(exporter));
  if (isTaken) {
    tell('beyond', at, `there is one "${exporters.join()}" reader here, the first`);
    return settled;
  }
  const other = Object.entries(settings).find(
    ([option, wanted]) => option in settled && !isDeepStrictEqual(wanted, settled[option as keyof MetricsOptions]),
  );
  if (other) tell('beyond', at, `has the ${other[0]} of the first reader that sets it`);
  return { ...settings, ...settled, exporters: [...(settled.exporters ?? []), ...exporters] };
}

/** `meter_provider`. */
export const meterProvider = sections(
  {
    readers: piece(readers, (metrics): InitOptions => ({ telemetry: { metrics } })),
    views: piece(list(view), (views): InitOptions => ({ telemetry: { metrics: { views } } })),
    exemplar_filter: made(name('always_on', 'always_off', 'trace_based'), (filter, place): Piece | undefined =>
      filter === 'always_off' ? undefined : tell('idle', place, 'no exemplars are made here'),
    ),
    'meter_configurator/development': beyond('every meter is on'),
  },
  ['readers'],
);
