import { context, type Context, type Meter, type MeterProvider, type MetricOptions } from '@opentelemetry/api';
import type { Attributes } from '../api.js';
import { guard } from '../guard.js';
import { limitAttributeSets } from './attribute-sets.js';
import type { MetricView } from './options.js';
import { createObservableShaper } from './shaped-observables.js';
import { keptAttributes } from './views.js';

export interface Shape {
  /** Attributes of every measurement, by where it is made; those it has itself go before them. */
  readonly dimensions: ((ctx: Context) => Attributes) | undefined;
  /** Attribute sets of one instrument over the whole time; `undefined` where the SDK's own limit holds. */
  readonly cardinalityLimit: number | undefined;
  /** Attributes that views leave out do not count against it. */
  readonly views: readonly MetricView[];
  /** Told of each measurement that is none. */
  readonly drop: () => void;
}

/** `provider`, whose instruments give every measurement its `shape`, whoever has asked for them. What is observed has no dimensions and no limit but the SDK's. */
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
  const observables = createObservableShaper(shape.drop);
  return {
    getMeter(...scope) {
      const meter = provider.getMeter(...scope);
      return { ...shapeMeter(meter, shape, name => limitOf(scope[0], name)), ...observables(meter) };
    },
  };
}

type Written = Pick<Meter, 'createCounter' | 'createUpDownCounter' | 'createHistogram' | 'createGauge'>;
type Limit = (attributes: Attributes) => Attributes;
type Write = (value: number, attributes?: Attributes, ctx?: Context) => void;

interface Kind<T> {
  readonly create: (name: string, options?: MetricOptions) => T;
  readonly wrap: (write: Write) => T;
  readonly writeOf: (real: T) => Write;
  readonly mayFall?: boolean;
}

function shapeMeter(meter: Meter, shape: Shape, limitOf: (name: string) => Limit): Written {
  const shaped =
    <T>({ create, wrap, writeOf, mayFall }: Kind<T>) =>
    (name: string, options?: MetricOptions): T => {
      // The SDK throws for some names and options, and a sum that NaN was added to is one for ever.
      const made = guard('making an instrument', () => {
        const text = String(name);
        return { limit: limitOf(text), write: writeOf(create.call(meter, text, options)) };
      });
      return wrap((value, attributes, ctx) => {
        const isTaken =
          Number.isFinite(value) &&
          (mayFall || value >= 0) &&
          // A view has functions of the app in it, and attributes are whatever it has passed.
          guard('recording a metric', () => {
            const own = { ...shape.dimensions?.(ctx ?? context.active()), ...attributes };
            made?.write(value, made.limit(own), ctx);
            return made;
          });
        if (!isTaken) shape.drop();
      });
    };
  return {
    createCounter: shaped({ create: meter.createCounter, ...ADD }),
    createUpDownCounter: shaped({ create: meter.createUpDownCounter, ...ADD, mayFall: true }),
    createHistogram: shaped({ create: meter.createHistogram, ...RECORD }),
    createGauge: shaped({ create: meter.createGauge, ...RECORD, mayFall: true }),
  };
}

const ADD = {
  wrap: (add: Write) => ({ add }),
  writeOf: (real: { add: Write }): Write => real.add.bind(real),
};
const RECORD = {
  wrap: (record: Write) => ({ record }),
  writeOf: (real: { record: Write }): Write => real.record.bind(real),
};
const unlimited = (attributes: Attributes) => attributes;
