import {
  createNoopMeter,
  type BatchObservableCallback,
  type Meter,
  type MetricOptions,
  type Observable,
  type ObservableCallback,
} from '@opentelemetry/api';
import { guard } from '../guard.js';

type Observed = Omit<Meter, 'createCounter' | 'createUpDownCounter' | 'createHistogram' | 'createGauge'>;

/**
 * Makes the observable half of a meter, which lets numbers through alone: a sum with NaN in it is NaN for ever.
 * @param drop told of each observation that is none
 */
export function createObservableShaper(drop: () => void): (meter: Meter) => Observed {
  const attempt = (value: number, observe: () => void) => {
    const isTaken = Number.isFinite(value) && guard('observing a metric', () => (observe(), true));
    if (!isTaken) drop();
  };
  const wrap = rememberer(
    (callback: ObservableCallback): ObservableCallback =>
      result =>
        callback({ observe: (value, ...more) => attempt(value, () => result.observe(value, ...more)) }),
  );
  const wrapBatch = rememberer(
    (callback: BatchObservableCallback): BatchObservableCallback =>
      result =>
        callback({ observe: (of, value, ...more) => attempt(value, () => result.observe(of, value, ...more)) }),
  );
  const shaped =
    <T extends Observable>(meter: Meter, create: (from: Meter, name: string, options?: MetricOptions) => T) =>
    (name: string, options?: MetricOptions): T => {
      const real =
        guard('making an instrument', () => create(meter, String(name), options)) ?? create(createNoopMeter(), '');
      // Still of the SDK's class, by which it tells its own in a batch.
      return Object.assign(Object.create(real) as T, {
        addCallback: (callback: ObservableCallback) => real.addCallback(wrap(callback)),
        removeCallback: (callback: ObservableCallback) => real.removeCallback(wrap(callback)),
      });
    };
  return meter => ({
    createObservableCounter: shaped(meter, (from, ...of) => from.createObservableCounter(...of)),
    createObservableUpDownCounter: shaped(meter, (from, ...of) => from.createObservableUpDownCounter(...of)),
    createObservableGauge: shaped(meter, (from, ...of) => from.createObservableGauge(...of)),
    addBatchObservableCallback: (callback, of) => meter.addBatchObservableCallback(wrapBatch(callback), of),
    removeBatchObservableCallback: (callback, of) => meter.removeBatchObservableCallback(wrapBatch(callback), of),
  });
}

/** `wrap`, which gives the same for the same callback: by that the SDK knows it again. */
function rememberer<F extends object>(wrap: (callback: F) => F): (callback: F) => F {
  const known = new WeakMap<F, F>();
  return callback => {
    const wrapped = known.get(callback) ?? wrap(callback);
    // What is no function is found out when it is called.
    guard('adding a callback', () => known.set(callback, wrapped));
    return wrapped;
  };
}
