import { SpanStatusCode, type Context, type Meter } from '@opentelemetry/api';
import type { Attributes } from '../api.js';
import { DIMENSIONS, SPAN_INSTRUMENTS, type Family, type Finished, type SpanInstrument } from './span-instruments.js';

/** Records one operation that is over in every instrument of its family, or in those that are named. */
export type Recorder = (family: Family, finished: Finished, more?: RecordOptions) => void;

export interface RecordOptions {
  /** Where it happened. @default the active context */
  readonly context?: Context | undefined;
  /** Attributes of the measurements besides those of the conventions. */
  readonly attributes?: Attributes;
  /** @default all of the family */
  readonly only?: readonly string[];
}

/** Asks `meter` for the instruments of a family when its first operation is over. */
export function createRecorder(meter: Meter): Recorder {
  const writers: Partial<Record<Family, (readonly [SpanInstrument, Write])[]>> = {};
  return (family, finished, { context, attributes, only } = {}) => {
    const instruments = (writers[family] ??= SPAN_INSTRUMENTS[family].map(row => [row, writerOf(meter, row)]));
    const dimensions = dimensionsOf(family, finished);
    const error = errorOf(finished);
    for (const [row, write] of instruments) {
      if (only && !only.includes(row.name)) continue;
      for (const [value, own] of row.read(finished)) {
        if (value === undefined || !(value >= 0)) continue;
        write(value, { ...dimensions, ...(row.byError && error), ...own, ...attributes }, context);
      }
    }
  };
}

type Write = (value: number, attributes: Attributes, ctx: Context | undefined) => void;

function writerOf(meter: Meter, { type, name, unit, description, buckets }: SpanInstrument): Write {
  if (type === 'Counter') {
    const counter = meter.createCounter(name, { unit, description });
    return (...measurement) => counter.add(...measurement);
  }
  const advice = { explicitBucketBoundaries: [...(buckets ?? [])] };
  const histogram = meter.createHistogram(name, { unit, description, advice });
  return (...measurement) => histogram.record(...measurement);
}

function dimensionsOf(family: Family, { attributes }: Finished): Attributes {
  const dimensions: Attributes = {};
  for (const [name, keys] of Object.entries(DIMENSIONS[family])) {
    const value = keys.map(key => attributes[key]).find(found => found !== undefined);
    if (value !== undefined) dimensions[name] = value;
  }
  return dimensions;
}

/** `_OTHER` is the convention's word for a failure of which no more is known. */
function errorOf({ attributes, status }: Finished): Attributes | undefined {
  const type = attributes['error.type'] ?? (status === SpanStatusCode.ERROR ? '_OTHER' : undefined);
  return type === undefined ? undefined : { 'error.type': type };
}
