import { context, type Context, type Meter, type MeterProvider, type MetricOptions } from '@opentelemetry/api';
import type { Attributes } from '../api.js';
import { guard } from '../guard.js';
import { limitAttributeSets } from './attribute-sets.js';
import type { MetricView } from './options.js';
import { keptAttributes } from './views.js';

export interface Shape {
  /** Attributes of every measurement, by where it is made; those it has itself go before them. */
  readonly dimensions: ((ctx: Context) => Attributes) | undefined;
  /** Attribute sets of one instrument over the whole time; `undefined` where the SDK's own limit holds. */
  readonly cardinalityLimit: number | undefined;
  /** Attributes that views leave out do not count against it. */
  readonly views: readonly MetricView[];
}

/** `provider`, whose instruments give every measurement its `shape`, whoever has asked for them. What is observed stays as it is. */
export function shapeMeters(provider: MeterProvider, shape: Shape): MeterProvider {
  const limits = new Map<string, Limit>();
  const limitOf = (meter: string, name: string) => {
    const { cardinalityLimit, views } = shape;
    // As the SDK has it: those of one name are one, whatever its letters and however often they are asked for.
    const key = `${meter}\n${name.toLowerCase()}`;
    const limit =
      limits.get(key) ??
      (cardinalityLimit === undefined
        ? unlimited
        : limitAttributeSets(cardinalityLimit, keptAttributes(views, name, meter)));
    limits.set(key, limit);
    return limit;
  };
  return {
    getMeter: (...scope) => shapeMeter(provider.getMeter(...scope), shape, name => limitOf(scope[0], name)),
  };
}

type Limit = (attributes: Attributes) => Attributes;

function shapeMeter(meter: Meter, shape: Shape, limitOf: (name: string) => Limit): Meter {
  const shaped =
    <T>(create: (name: string, options?: MetricOptions) => T, wrap: (write: Write) => T, writeOf: (real: T) => Write) =>
    (name: string, options?: MetricOptions): T => {
      const limit = limitOf(name);
      const write = writeOf(create.call(meter, name, options));
      return wrap((value, attributes, ctx) =>
        // A view has functions of the app in it, and attributes are whatever it has passed.
        guard('recording a metric', () => {
          const own = { ...shape.dimensions?.(ctx ?? context.active()), ...attributes };
          write(value, limit(own), ctx);
        }),
      );
    };
  return {
    createCounter: shaped(meter.createCounter, toAdd, ofAdd),
    createUpDownCounter: shaped(meter.createUpDownCounter, toAdd, ofAdd),
    createHistogram: shaped(meter.createHistogram, toRecord, ofRecord),
    createGauge: shaped(meter.createGauge, toRecord, ofRecord),
    createObservableCounter: (...of) => meter.createObservableCounter(...of),
    createObservableUpDownCounter: (...of) => meter.createObservableUpDownCounter(...of),
    createObservableGauge: (...of) => meter.createObservableGauge(...of),
    addBatchObservableCallback: (...of) => meter.addBatchObservableCallback(...of),
    removeBatchObservableCallback: (...of) => meter.removeBatchObservableCallback(...of),
  };
}

type Write = (value: number, attributes?: Attributes, ctx?: Context) => void;

const toAdd = (add: Write) => ({ add });
const ofAdd = (real: { add: Write }) => real.add.bind(real);
const toRecord = (record: Write) => ({ record });
const ofRecord = (real: { record: Write }) => real.record.bind(real);
const unlimited = (attributes: Attributes) => attributes;
