import { afterEach, describe, expect, it } from '#runner';
import type { Attributes } from '@agentops/shared';
import { getMeter, incrementTokens, recordLatency, recordLLMCall } from '@agentops/shared/metrics/functions';
import { metrics as api, type Meter } from '@opentelemetry/api';
import { CALL, observe, observeBatch, pointsOf, startMetrics, stopMetrics } from './support.js';

afterEach(stopMetrics);

const fail = (): never => {
  throw new Error('hostile');
};

const circular: Record<string, unknown> = {};
circular['self'] = circular;

/** Whose instruments: those that may be made before `init()`, and those of OpenTelemetry's API. */
const METERS: [string, () => Meter][] = [
  ['getMeter()', () => getMeter('hostile')],
  ['the API', () => api.getMeter('hostile')],
];

describe.each(METERS)('an instrument of %s', (_title, meterOf) => {
  it.each<[string, unknown]>([
    ['NaN', NaN],
    ['Infinity', Infinity],
    ['-Infinity', -Infinity],
    ['a text', '5'],
    ['nothing', undefined],
    ['a bigint', 5n],
    ['an object', {}],
  ])('that is given %s has nothing added, and says so', async (_name, value) => {
    const { flush, client } = startMetrics();
    const meter = meterOf();
    for (const write of [
      (given: number) => meter.createCounter('counter').add(given),
      (given: number) => meter.createUpDownCounter('upDownCounter').add(given),
      (given: number) => meter.createHistogram('histogram').record(given),
      (given: number) => meter.createGauge('gauge').record(given),
    ]) {
      write(2);
      write(value as number);
    }
    const metrics = await flush();
    const seen = ['counter', 'upDownCounter', 'histogram', 'gauge'].map(name => {
      const [point] = metrics[name]?.points ?? [];
      return point?.value ?? point?.sum;
    });
    expect(seen).toEqual([2, 2, 2, 2]);
    expect(client.health().invalidMeasurements).toBe(4);
  });

  it('that only rises ignores what would have it fall, and says so', async () => {
    const { flush, client } = startMetrics();
    const meter = meterOf();
    meter.createCounter('counter').add(5);
    meter.createCounter('counter').add(-3);
    meter.createHistogram('histogram').record(-3);
    meter.createUpDownCounter('upDownCounter').add(-3);
    const metrics = await flush();
    expect([pointsOf(metrics['counter']), pointsOf(metrics['upDownCounter'])]).toEqual([{ '': 5 }, { '': -3 }]);
    expect(metrics['histogram']).toBeUndefined();
    expect(client.health().invalidMeasurements).toBe(2);
  });

  it.each<[string, unknown]>([
    ['that throw when read', Object.defineProperty({}, 'a', { enumerable: true, get: fail })],
    ['of a bigint', { a: 5n }],
    ['of a circle', { a: circular }],
    ['that throw when listed', new Proxy({}, { ownKeys: fail })],
  ])('with attributes %s loses that measurement, counted', async (_name, attributes) => {
    const { flush, client } = startMetrics();
    const counter = meterOf().createCounter('counter');
    counter.add(1, attributes as Attributes);
    counter.add(2);
    expect(pointsOf((await flush())['counter'])).toEqual({ '': 2 });
    expect(client.health().invalidMeasurements).toBe(1);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'abc'],
    ['nested', { a: { b: [1, { c: null }] } }],
    ['functions and symbols', { a: fail, b: Symbol('x'), c: undefined }],
    ['a date', { a: new Date(0) }],
    ['an enormous text', { a: 'x'.repeat(100_000) }],
  ])('with %s for attributes counts all the same', async (_name, attributes) => {
    const { flush } = startMetrics();
    meterOf()
      .createCounter('counter')
      .add(1, attributes as Attributes);
    expect(pointsOf((await flush())['counter'])).toEqual({ '': 1 });
  });

  it.each<[string, unknown]>([
    ['', ''],
    ['a space', 'my orders'],
    ['a digit first', '1st'],
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
    ['an object', {}],
    ['300 letters', 'x'.repeat(300)],
  ])('with %s for a name throws nothing, and harms no other', async (_name, name) => {
    const { flush } = startMetrics();
    const meter = meterOf();
    meter.createCounter(name as string).add(1);
    observe(meter.createObservableGauge(name as string), result => result.observe(1));
    meter.createCounter('good').add(1);
    expect(pointsOf((await flush())['good'])).toEqual({ '': 1 });
  });

  it.each<[string, object]>([
    ['buckets that are none', { advice: { explicitBucketBoundaries: 'abc' } }],
    ['buckets out of order', { advice: { explicitBucketBoundaries: [5, 1, NaN] } }],
    ['a unit that is none', { unit: {}, description: 5 }],
  ])('with %s throws nothing, and harms no other', async (_name, options) => {
    const { flush } = startMetrics();
    const meter = meterOf();
    meter.createHistogram('histogram', options).record(1);
    meter.createCounter('good').add(1);
    expect(pointsOf((await flush())['good'])).toEqual({ '': 1 });
  });
});

it('what was no measurement is counted once, however many backends there are, and none of them has dropped it', () => {
  const { client } = startMetrics({ exporters: ['otlp', 'otlp'] });
  expect(client.health()).toMatchObject({ metrics: [{}, {}], invalidMeasurements: 0 });
  getMeter('hostile').createCounter('counter').add(NaN);
  expect(client.health()).toMatchObject({ metrics: [{ dropped: {} }, { dropped: {} }], invalidMeasurements: 1 });
});

describe('a callback', () => {
  it('that throws or rejects keeps no other from being asked', async () => {
    const { flush } = startMetrics();
    const meter = getMeter('hostile-callbacks');
    const [good, bad, batch] = ['good', 'bad', 'batch'].map(name => meter.createObservableGauge(name)) as [
      ReturnType<Meter['createObservableGauge']>,
      ReturnType<Meter['createObservableGauge']>,
      ReturnType<Meter['createObservableGauge']>,
    ];
    observe(bad, fail);
    observe(bad, () => Promise.reject(new Error('hostile')) as never);
    observeBatch(meter, fail, [batch]);
    observe(good, result => result.observe(7));
    expect(pointsOf((await flush())['good'])).toEqual({ '': 7 });
  });

  it('that observes nonsense spoils no later observation', async () => {
    const { flush } = startMetrics();
    let depth: unknown = NaN;
    const meter = getMeter('hostile-nonsense');
    observe(meter.createObservableCounter('observed'), result => result.observe(depth as number));
    await flush();
    depth = 'x';
    await flush();
    depth = 4;
    expect(pointsOf((await flush())['observed'])).toEqual({ '': 4 });
  });
});

describe('a span', () => {
  it.each([
    { 'gen_ai.usage.input_tokens': -1 },
    { 'gen_ai.usage.input_tokens': NaN },
    { 'gen_ai.usage.input_tokens': Infinity },
    { 'gen_ai.usage.input_tokens': '12' as unknown as number },
  ])('with %j counts as a call without them', async usage => {
    const { client, flush } = startMetrics();
    client.startSpan('chat', { attributes: { ...CALL, ...usage } }).end();
    const metrics = await flush();
    expect(pointsOf(metrics['llm.calls.count'])).toEqual({ '': 1 });
    expect(pointsOf(metrics['llm.tokens.total'], 'gen_ai.token.type')).toEqual({ output: 20 });
  });
});

describe('the helpers', () => {
  it('take nonsense without a word to the app', async () => {
    const { flush } = startMetrics();
    const nonsense = [NaN, Infinity, -1, '5', null, {}] as number[];
    for (const value of nonsense) {
      recordLatency(value);
      incrementTokens(value);
      recordLLMCall({ model: 'm', durationMs: value, inputTokens: value });
    }
    recordLatency(1, null as never);
    incrementTokens(7);
    const metrics = await flush();
    expect(pointsOf(metrics['llm.tokens.total'])).toEqual({ '': 7 });
    expect(metrics['llm.latency']?.points.every(({ sum }) => Number.isFinite(sum))).toBe(true);
  });
});
