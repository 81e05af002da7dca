// The only file that knows how the metrics SDK (2.12, pinned exactly) keeps what it has aggregated.
import {
  ValueType,
  type Attributes,
  type BatchObservableCallback,
  type Observable,
  type ObservableCallback,
} from '@opentelemetry/api';
import { guard } from '@agentops/shared';
import type { IMetricReader, MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics';

type Time = ScopeMetrics['metrics'][number]['dataPoints'][number]['endTime'];

interface Values {
  entries(): Iterable<readonly [attributes: Attributes, value: number]>;
}

interface Storage {
  collect(producer: Producer, time: Time): MetricData | undefined;
  /** Of what is observed alone. */
  record(values: Values, time: Time): void;
}

interface Observed extends Observable {
  readonly _descriptor: { readonly valueType: ValueType };
  readonly _metricStorages: readonly Storage[];
}

interface MeterState {
  readonly _instrumentationScope: ScopeMetrics['scope'];
  readonly observableRegistry: {
    readonly _callbacks: readonly { callback: ObservableCallback; instrument: Observed }[];
    readonly _batchCallbacks: readonly { callback: BatchObservableCallback; instruments: ReadonlySet<Observed> }[];
  };
  readonly metricStorageRegistry: { getStorages(producer: Producer): readonly Storage[] };
}

/** What the provider has given the reader. */
interface Producer {
  readonly _sharedState: {
    readonly resource: ResourceMetrics['resource'];
    readonly meterSharedStates: ReadonlyMap<string, MeterState>;
  };
}

/**
 * What `reader.collect()` would resolve with, now: in the last turn of a process nothing resolves any more, and the SDK has no other way to collect.
 * What a callback of an observable instrument finds out later is not in it.
 * @throws for a reader that is not of that SDK
 */
export function collectNow(reader: IMetricReader): ResourceMetrics {
  const producer = (reader as unknown as { _sdkMetricProducer: Producer })._sdkMetricProducer;
  const { resource, meterSharedStates } = producer._sharedState;
  const nowMs = Date.now();
  const time: Time = [Math.trunc(nowMs / 1e3), (nowMs % 1e3) * 1e6];
  const scopeMetrics = [...meterSharedStates.values()].flatMap(meter => {
    observe(meter, time);
    const storages = meter.metricStorageRegistry.getStorages(producer);
    const metrics = storages.flatMap(storage => storage.collect(producer, time) ?? []);
    return metrics.length ? [{ scope: meter._instrumentationScope, metrics }] : [];
  });
  return { resource, scopeMetrics };
}

function observe({ observableRegistry }: MeterState, time: Time): void {
  for (const { callback, instrument } of observableRegistry._callbacks) {
    const result = createResult(instrument, time);
    call(() => callback(result));
    result.record();
  }
  for (const { callback, instruments } of observableRegistry._batchCallbacks) {
    const results = new Map<Observable, ReturnType<typeof createResult>>();
    for (const instrument of instruments) results.set(instrument, createResult(instrument, time));
    call(() => callback({ observe: (instrument, ...seen) => results.get(instrument)?.observe(...seen) }));
    for (const result of results.values()) result.record();
  }
}

/** Each for itself, whatever it does: it is the app's. */
function call(callback: () => unknown): void {
  guard('observing a metric', () => void Promise.resolve(callback()).catch(() => {}));
}

function createResult({ _descriptor, _metricStorages }: Observed, time: Time) {
  const seen: [Attributes, number][] = [];
  return {
    observe(value: number, attributes: Attributes = {}) {
      const read = _descriptor.valueType === ValueType.INT ? Math.trunc(value) : value;
      if (Number.isFinite(read)) seen.push([attributes, read]);
    },
    record() {
      for (const storage of _metricStorages) storage.record({ entries: () => seen.values() }, time);
    },
  };
}
