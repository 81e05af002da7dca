import type {
  BatchObservableCallback,
  Context,
  Meter,
  MetricOptions,
  Observable,
  ObservableCallback,
} from '@opentelemetry/api';
import type { Attributes } from '../api.js';
import { currentSource, onSource, type MetricsSource } from './slot.js';

/**
 * A meter for code that runs before `init()` too: its instruments are those of whichever client runs when they are used, and do nothing while
 * none does. OpenTelemetry's own, asked for too early, would do nothing for ever.
 */
export function createLateMeter(name: string): Meter {
  const known = new Map<string, unknown>();
  const once =
    <T>(kind: string, create: (instrument: string, options?: MetricOptions) => T) =>
    (instrument: string, options?: MetricOptions): T => {
      const key = `${kind} ${String(instrument).toLowerCase()}`;
      if (!known.has(key)) known.set(key, create(instrument, options));
      return known.get(key) as T;
    };
  const written = <K extends keyof Creators>(kind: K, verb: 'add' | 'record') =>
    once(kind, (instrument, options) => {
      const write = lateWrite(source => {
        const real = source.getMeter(name)[kind](instrument, options) as unknown as Record<string, Write>;
        return (...measurement) => real[verb]?.(...measurement);
      });
      return { [verb]: write } as unknown as ReturnType<Meter[K]>;
    });
  const observed = (kind: 'createObservableCounter' | 'createObservableUpDownCounter' | 'createObservableGauge') =>
    once(kind, (instrument, options) => lateObservable(source => source.getMeter(name)[kind](instrument, options)));
  return {
    createCounter: written('createCounter', 'add'),
    createUpDownCounter: written('createUpDownCounter', 'add'),
    createHistogram: written('createHistogram', 'record'),
    createGauge: written('createGauge', 'record'),
    createObservableCounter: observed('createObservableCounter'),
    createObservableUpDownCounter: observed('createObservableUpDownCounter'),
    createObservableGauge: observed('createObservableGauge'),
    ...batches(name),
  };
}

type Creators = Pick<Meter, 'createCounter' | 'createUpDownCounter' | 'createHistogram' | 'createGauge'>;
type Write = (value: number, attributes?: Attributes, ctx?: Context) => void;

function lateWrite(bind: (source: MetricsSource) => Write): Write {
  let bound: MetricsSource | undefined;
  let write: Write = () => {};
  return (...measurement) => {
    const source = currentSource();
    if (!source) return;
    if (source !== bound) {
      bound = source;
      write = bind(source);
    }
    write(...measurement);
  };
}

const REAL = Symbol('agentops.observable');

interface LateObservable extends Observable {
  [REAL]?: Observable;
}

function lateObservable(bind: (source: MetricsSource) => Observable): LateObservable {
  const callbacks = new Set<ObservableCallback>();
  const late: LateObservable = {
    addCallback(callback) {
      callbacks.add(callback);
      late[REAL]?.addCallback(callback);
    },
    removeCallback(callback) {
      callbacks.delete(callback);
      late[REAL]?.removeCallback(callback);
    },
  };
  onSource(source => {
    const real = bind(source);
    late[REAL] = real;
    for (const callback of callbacks) real.addCallback(callback);
  });
  return late;
}

interface Batch {
  readonly callback: BatchObservableCallback;
  readonly observables: Observable[];
  readonly remove: () => void;
}

function batches(name: string): Pick<Meter, 'addBatchObservableCallback' | 'removeBatchObservableCallback'> {
  let known: readonly Batch[] = [];
  const find = (callback: BatchObservableCallback, observables: Observable[]) =>
    known.find(
      each =>
        each.callback === callback &&
        each.observables.length === observables.length &&
        each.observables.every(observable => observables.includes(observable)),
    );
  const realOf = (late: LateObservable) => late[REAL] ?? late;
  return {
    addBatchObservableCallback(callback, observables) {
      if (find(callback, observables)) return;
      const translated: BatchObservableCallback = result =>
        callback({ observe: (late, ...observation) => result.observe(realOf(late), ...observation) });
      const stop = onSource(source =>
        source.getMeter(name).addBatchObservableCallback(translated, observables.map(realOf)),
      );
      const remove = () => {
        stop();
        currentSource()?.getMeter(name).removeBatchObservableCallback(translated, observables.map(realOf));
      };
      known = [...known, { callback, observables: [...observables], remove }];
    },
    removeBatchObservableCallback(callback, observables) {
      const batch = find(callback, observables);
      known = known.filter(each => each !== batch);
      batch?.remove();
    },
  };
}
