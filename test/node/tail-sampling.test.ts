import { trace, type Tracer } from '@opentelemetry/api';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-node';
import {
  extractContext,
  flush,
  init,
  injectContext,
  shutdown,
  startSpan,
  withContext,
  withSpan,
  type AgentOps,
  type TailOptions,
} from '@agentops/node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EndedSpan } from '../support/node-spans.js';

let client: AgentOps;
let exported: EndedSpan[];

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});

afterEach(async () => {
  vi.useRealTimers();
  await shutdown();
  vi.restoreAllMocks();
});

type Telemetry = NonNullable<NonNullable<Parameters<typeof init>[0]>['telemetry']>;

function start(tail: TailOptions, telemetry: Telemetry = { sampling: { rate: 0 } }): void {
  exported = [];
  const exporter = {
    export(batch: EndedSpan[], done: (result: { code: number }) => void) {
      exported.push(...batch);
      done({ code: 0 });
    },
    shutdown: async () => {},
  };
  client = init({
    telemetry: { ...telemetry, sampling: { ...telemetry.sampling, tail }, exporters: [exporter as never] },
  });
}

async function names(): Promise<string[]> {
  await flush();
  return exported.map(({ name }) => name);
}

const tracer = (): Tracer => trace.getTracer('app');
const counts = () => client.health().tailSampling;
const isSampled = () => (Number.parseInt((injectContext()['traceparent'] ?? '').slice(-2), 16) & 1) === 1;

function fail(name: string): void {
  try {
    withSpan(name, () => {
      throw new Error('no');
    });
  } catch {}
}

describe('what is kept of the traces that are not sampled', () => {
  it('is a whole trace in which something failed, whenever that was', async () => {
    start({});
    withSpan('root', () => {
      withSpan('before', () => {});
      fail('failing');
      withSpan('after', () => {});
    });
    withSpan('other', () => withSpan('fine', () => {}));
    expect(await names()).toEqual(['before', 'failing', 'after', 'root']);
    expect(counts()).toEqual({ held: 0, kept: 1, dropped: 1, overflowed: 0 });
    expect(exported.every(span => span.spanContext().traceFlags & 1)).toBe(true);
  });

  it('is no failed trace with `keepErrors: false`', async () => {
    start({ keepErrors: false });
    fail('failing');
    expect(await names()).toEqual([]);
  });

  it('is what was slow', async () => {
    start({ slowerThanMs: 1_000 });
    const now = Date.now();
    const span = (name: string, ms: number) =>
      tracer()
        .startSpan(name, { startTime: now - ms })
        .end(now);
    span('quick', 999);
    span('slow', 1_000);
    const root = startSpan('root');
    root.run(() => span('slow within a quick one', 2_000));
    root.end();
    expect(await names()).toEqual(['slow']);
  });

  it('is what a rule is about, by what is known when a span ends', async () => {
    start({ rules: [{ name: 'chat *', attributes: { 'gen_ai.usage.cost': { min: 0.5 } } }] });
    const run = (name: string, cost: number) =>
      withSpan(name, () => withSpan('chat gpt', span => void span.setAttribute('gen_ai.usage.cost', cost)));
    run('cheap', 0.49);
    run('dear', 0.5);
    expect(await names()).toEqual(['chat gpt', 'dear']);
  });

  it('is what ends after the first span of its trace, too', async () => {
    start({});
    const root = startSpan('root');
    const background = root.run(() => startSpan('background'));
    root.end();
    expect(await names()).toEqual([]);
    background.run(() => fail('failing'));
    background.end();
    expect(await names()).toEqual(['root', 'failing', 'background']);
  });

  it('is what goes on below a parent elsewhere that is not sampled', async () => {
    start({});
    const arrived = extractContext({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00` });
    withContext(arrived, () => fail('failing'));
    withContext(arrived, () => withSpan('fine', () => {}));
    expect(await names()).toEqual(['failing']);
  });

  it('is kept whole where the sampler asks no parent', async () => {
    start({}, { sampler: new AlwaysOffSampler() });
    withSpan('root', () => {
      fail('failing');
      withSpan('after', () => {});
    });
    expect(await names()).toEqual(['failing', 'after', 'root']);
  });

  it('adds nothing to the traces that are sampled', async () => {
    start({}, { sampling: { rate: 1 } });
    withSpan('root', () => fail('failing'));
    expect(await names()).toEqual(['failing', 'root']);
    expect(counts()).toEqual({ held: 0, kept: 0, dropped: 0, overflowed: 0 });
  });

  it('is told to the next service from then on, and not before', () => {
    start({});
    withSpan('root', () => {
      const before = isSampled();
      fail('failing');
      expect([before, isSampled()]).toEqual([false, true]);
    });
  });
});

describe('the bounds', () => {
  it('keep every error of 200,000 traces, and hold nothing in the end', async () => {
    start({ maxTraces: 100, maxSpans: 160 });
    const failed: string[] = [];
    for (let n = 0; n < 200_000; n += 50) {
      const roots = Array.from({ length: 50 }, (_, at) => tracer().startSpan(`trace ${n + at}`));
      for (const [at, root] of roots.entries()) {
        const ctx = trace.setSpan(extractContext({}), root);
        tracer().startSpan('step', {}, ctx).end();
        if ((n + at) % 997 === 0)
          tracer()
            .startSpan(`failing ${n + at}`, {}, ctx)
            .setStatus({ code: 2 })
            .end();
      }
      for (const root of roots) root.end();
    }
    for (let n = 0; n < 200_000; n += 997) failed.push('step', `failing ${n}`, `trace ${n}`);
    expect((await names()).sort()).toEqual(failed.sort());
    expect(counts()).toEqual({ held: 0, kept: 201, dropped: 199_799, overflowed: 0 });
  });

  it('of traces: the oldest is not waited for any more', async () => {
    start({ maxTraces: 2 });
    const [first, second, third] = ['first', 'second', 'third'].map(name => startSpan(name));
    for (const span of [first, second, third]) span?.run(() => fail('failing'));
    for (const span of [third, second, first]) span?.end();
    expect(await names()).toEqual(['failing', 'failing', 'third', 'second']);
    expect(counts()).toEqual({ held: 0, kept: 2, dropped: 0, overflowed: 1 });
  });

  it('of spans: one endless trace does not keep others out', async () => {
    start({ maxSpans: 10 });
    const endless = startSpan('endless');
    for (let n = 0; n < 50; n++) endless.run(() => withSpan('turn', () => {}));
    fail('failing');
    expect(await names()).toEqual(['failing']);
    expect(counts()).toEqual({ held: 0, kept: 1, dropped: 0, overflowed: 1 });
  });

  it('hold for 200,000 traces that never end', () => {
    start({ maxTraces: 1_000 });
    for (let n = 0; n < 200_000; n++) startSpan('endless');
    expect(counts()).toEqual({ held: 1_000, kept: 0, dropped: 0, overflowed: 199_000 });
  });

  it('of time: what is still open is decided by what is known', async () => {
    vi.useFakeTimers();
    start({ waitMs: 1_000 });
    const stuck = startSpan('stuck');
    vi.advanceTimersByTime(600);
    const later = startSpan('later');
    startSpan('never ends');
    vi.advanceTimersByTime(600);
    expect(counts()).toEqual({ held: 2, kept: 0, dropped: 1, overflowed: 0 });
    stuck.run(() => fail('too late'));
    later.run(() => fail('in time'));
    later.end();
    vi.advanceTimersByTime(600);
    expect(counts()).toEqual({ held: 0, kept: 1, dropped: 2, overflowed: 0 });
    vi.useRealTimers();
    expect(await names()).toEqual(['in time', 'later']);
  });

  it('of time: what is slow by then is kept', async () => {
    vi.useFakeTimers();
    start({ waitMs: 10, slowerThanMs: 1_000 });
    const run = startSpan('run');
    run.run(() => withSpan('step', () => {}));
    vi.advanceTimersByTime(1_001);
    run.run(() => withSpan('more', () => {}));
    run.end();
    vi.useRealTimers();
    expect(await names()).toEqual(['step', 'more', 'run']);
    expect(counts()).toEqual({ held: 0, kept: 1, dropped: 0, overflowed: 0 });
  });
});

it('decides what is open at shutdown, and holds nothing afterwards', async () => {
  start({});
  const open = startSpan('open');
  await shutdown();
  open.end();
  withSpan('late', () => {});
  expect(exported).toEqual([]);
  expect(counts()).toEqual({ held: 0, kept: 0, dropped: 1, overflowed: 0 });
});
