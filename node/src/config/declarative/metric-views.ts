import { bounds } from '@agentops/shared/config/metrics-checks';
import type { MetricView } from '@agentops/shared/metrics/options';
import { beyond, checked, flag, kind, list, made, object, type Part, said, tell, text } from './parts.js';

type Selector = Pick<MetricView, 'instrument' | 'meter'>;
type Stream = Omit<MetricView, keyof Selector>;

const minAndMax = made(flag, (isWanted, place) =>
  isWanted ? undefined : tell('beyond', place, 'is always true here'),
);

const NOT_HERE = beyond('is not an aggregation that a view can have here');

const aggregation = kind<Stream>({
  default: made(object({}), () => ({})),
  drop: made(object({}), () => ({ drop: true })),
  explicit_bucket_histogram: made(
    object({ boundaries: checked<number[]>(bounds), record_min_max: minAndMax }),
    ({ boundaries: buckets }) => (buckets ? { buckets } : {}),
  ),
  base2_exponential_bucket_histogram: NOT_HERE,
  last_value: NOT_HERE,
  sum: NOT_HERE,
});

const attributeKeys = made(
  object({ included: list(text), excluded: beyond('attributes can be named here, and not excluded') }),
  ({ included }, place) =>
    included?.some(hasWildcard) ? tell('beyond', place, 'names attributes by a pattern; all are kept') : included,
);

const stream: Part<Stream> = made(
  object({
    name: text,
    description: text,
    aggregation,
    aggregation_cardinality_limit: beyond('is that of all: telemetry.metrics.cardinalityLimit'),
    attribute_keys: attributeKeys,
  }),
  ({ name, description, aggregation: shape, attribute_keys: attributes }) => ({
    ...said({ name, description, attributes }),
    ...shape,
  }),
);

const selector: Part<Selector> = made(
  object({
    instrument_name: text,
    meter_name: text,
    instrument_type: text,
    unit: text,
    meter_version: text,
    meter_schema_url: text,
  }),
  ({ instrument_name: instrument = '*', meter_name: meter, ...others }, place) => {
    const [narrower] = Object.keys(others);
    // Without it the view would be of more than it is meant for.
    if (narrower) return tell('beyond', place, `selects by ${narrower}; the view is left out`);
    if (instrument.includes('?')) return tell('beyond', place, 'selects by a "?"; the view is left out');
    if (/\*.*\*/.test(instrument)) return tell('beyond', place, 'selects by more than one "*"; the view is left out');
    return { instrument, ...said({ meter }) };
  },
);

/** One of `meter_provider.views`. */
export const view: Part<MetricView> = made(
  object({ selector, stream }, ['selector', 'stream']),
  ({ selector: selected, stream: meant }, place) => {
    if (!selected || !meant) return undefined;
    // The SDK makes no metrics at all then.
    if (meant.name !== undefined && hasWildcard(selected.instrument))
      return tell('beyond', place, 'names what may be several instruments; the view is left out');
    return { ...selected, ...meant };
  },
);

function hasWildcard(pattern: string): boolean {
  return /[*?]/.test(pattern);
}
