import { afterEach, beforeEach, describe, expect, it } from '#runner';
import { diagnostics } from '@agentops/shared/diagnostics';
import { fullTelemetry } from '@agentops/shared/telemetry/full';
import { createFullSampling } from '@agentops/shared/telemetry/sampling-full';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { start, stop } from '../support.js';

const { warn } = diagnostics;
let warnings: string[] = [];

beforeEach(() => {
  warnings = [];
  diagnostics.warn = (_key, message) => void warnings.push(message);
});

afterEach(() => {
  diagnostics.warn = warn;
  return stop();
});

function memory() {
  const got: string[] = [];
  const state = { isFlushed: false, isShutDown: false };
  const exporter = {
    export(spans: ReadableSpan[], done: (result: { code: number }) => void) {
      got.push(...spans.map(({ name }) => name));
      done({ code: 0 });
    },
    forceFlush: async () => void (state.isFlushed = true),
    shutdown: () => {
      state.isShutDown = true;
      return Promise.resolve();
    },
  };
  return { got, state, exporter: exporter as never };
}

/** The same, with the spans. */
function keeping() {
  const spans: ReadableSpan[] = [];
  const exporter = {
    export(batch: ReadableSpan[], done: (result: { code: number }) => void) {
      spans.push(...batch);
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
  return { spans, names: () => spans.map(({ name }) => name), exporter: exporter as never };
}

function startServer() {
  const common = memory();
  const { client } = start(
    { telemetry: { exporters: [common.exporter] } },
    { ...fullTelemetry, sessionPerRequest: true },
  );
  return { client, common };
}

describe('a session with an exporter of its own', () => {
  it('gives it its spans alone, which the others get too', async () => {
    const { client, common } = startServer();
    const own = memory();
    const session = client.startSession({ name: 'one' });
    session.addExporter(own.exporter);
    session.run(() => client.withSpan('mine', () => {}));
    const other = client.startSession({ name: 'two' });
    other.run(() => client.withSpan('theirs', () => {}));
    other.end();
    session.end('Success');
    await client.flush();
    expect(own.got.sort()).toEqual(['mine', 'one.session']);
    expect(common.got.sort()).toEqual(['mine', 'one.session', 'theirs', 'two.session']);
  });

  it('flushes it when it ends, with everything delivered and counted, and leaves it to others', async () => {
    const { client } = startServer();
    const own = memory();
    const session = client.startSession();
    session.addExporter(own.exporter);
    session.run(() => client.withSpan('mine', () => {}));
    session.end();
    await client.flush();
    expect(own.state).toEqual({ isFlushed: true, isShutDown: false });
    expect(await client.flush()).toEqual({ delivered: 4, pending: 0, dropped: {} });
    const { backends, endedSessions } = client.health();
    expect([backends.length, endedSessions]).toEqual([1, { delivered: 2, pending: 0, dropped: {} }]);
  });

  it('keeps its spans from everybody else when it is isolated, also what ends after it', async () => {
    const { client, common } = startServer();
    const own = memory();
    const session = client.startSession({ name: 'secret', isolated: true });
    session.addExporter(own.exporter);
    const late = session.run(() => {
      client.withSpan('mine', () => {});
      return client.startSpan('late');
    });
    session.end();
    await client.flush();
    late.end();
    await client.flush();
    expect([own.got.sort(), common.got]).toEqual([['late', 'mine', 'secret.session'], []]);
  });

  it('stays isolated however many others come and go, or are open', async () => {
    const { client, common } = startServer();
    const session = client.startSession({ name: 'secret', isolated: true });
    const own = memory();
    session.addExporter(own.exporter);
    const over = client.startSession({ isolated: true });
    over.end();
    for (let index = 0; index < 10_010; index++) client.startSession({ isolated: true }).end();
    session.run(() => client.withSpan('before', () => {}));
    const others = Array.from({ length: 1_010 }, () => client.startSession({ isolated: true }));
    session.run(() => client.withSpan('after', () => {}));
    over.run(() => client.withSpan('late', () => {}));
    others.at(-1)?.run(() => client.withSpan('no room', () => {}));
    session.end();
    const { dropped } = await client.flush();
    expect([own.got.sort(), common.got]).toEqual([['after', 'before', 'secret.session'], []]);
    expect(dropped).toEqual({ 'session-limit': 1, 'after-session': 1 });
    expect(warnings.filter(warning => warning.startsWith('1000 sessions')).length > 0).toBe(true);
  });

  it('gives nothing twice to the additional exporters of the configuration', async () => {
    const [additional, own] = [memory(), memory()];
    const { client } = start(
      { telemetry: { additionalExporters: [additional.exporter] } },
      { ...fullTelemetry, sessionPerRequest: true },
    );
    for (const isolated of [false, true]) {
      const session = client.startSession({ name: `${isolated}`, isolated });
      session.addExporter(own.exporter);
      session.end();
    }
    await client.flush();
    expect([additional.got, own.got]).toEqual([['false.session'], ['false.session', 'true.session']]);
  });

  it('reports an exporter that is none, and goes on', async () => {
    const { client, common } = startServer();
    const session = client.startSession();
    session.addExporter({ type: 'carrier pigeon' } as never);
    session.run(() => client.withSpan('mine', () => {}));
    await client.flush();
    expect(common.got).toEqual(['mine']);
    expect(warnings.length).toBe(1);
  });

  it('is refused when there are more than anybody could have open', () => {
    const { client } = startServer();
    const sessions = Array.from({ length: 1_010 }, () => client.startSession());
    for (const session of sessions) session.addExporter(memory().exporter);
    expect(client.health().backends.length).toBe(1_001);
    expect(warnings.length).toBe(10);
  });

  it('is given up when too many wait for backends that do not answer', async () => {
    const { client } = startServer();
    const dead = { export: () => {}, shutdown: () => Promise.resolve() } as never;
    for (let index = 0; index < 260; index++) {
      const session = client.startSession({ name: 'one', isolated: { exporters: [dead] } });
      session.end();
    }
    await client.flush({ timeoutMs: 20 });
    const { backends, endedSessions } = client.health();
    expect(backends.length <= 201).toBe(true);
    const { pending = 0, dropped = {} } = endedSessions ?? {};
    expect(pending + Object.values(dropped).reduce((sum, count) => sum + count, 0)).toBe(60);
  });

  it('is what plug-ins make of it', async () => {
    const own = keeping();
    const plugin = { name: 'p', configureExporter: (exporter: unknown) => ({ exporter, redact: ['secret'] }) as never };
    const { client } = start({ telemetry: { plugins: [plugin] } }, { ...fullTelemetry, sessionPerRequest: true });
    const session = client.startSession();
    session.addExporter(own.exporter);
    session.run(() => client.withSpan('mine', { attributes: { secret: 'x' } }, () => {}));
    session.end();
    await client.flush();
    expect(own.spans[0]?.attributes['secret']).toBe('[redacted]');
  });
});

describe('an isolated session', () => {
  it('has a provider of its own: its resource, its sampler, its processors', async () => {
    const seen: string[] = [];
    const processor = (name: string) => ({
      onStart: (span: { name: string }) => void seen.push(`${name} ${span.name}`),
      onEnd: () => {},
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    });
    const { client } = start(
      {
        resourceAttributes: { team: 'search', region: 'eu' },
        telemetry: { exporters: [memory().exporter], processors: [processor('all')] },
      },
      { ...fullTelemetry, createSampling: createFullSampling, sessionPerRequest: true },
    );
    const [own, silent] = [keeping(), keeping()];
    const session = client.startSession({
      name: 'acme',
      isolated: {
        exporters: [own.exporter],
        processors: [processor('own')],
        resourceAttributes: { team: 'acme' },
        sampling: { rules: [{ name: 'noise', rate: 0 }] },
      },
    });
    const quiet = client.startSession({ isolated: { exporters: [silent.exporter], sampling: { rate: 0 } } });
    session.run(() => {
      trace.getTracer('app').startActiveSpan('theirs', span => span.end());
      client.withSpan('ours', () => {});
    });
    context.with(ROOT_CONTEXT, () => {
      session.run(() => trace.getTracer('app').startSpan('noise', { root: true }).end());
      quiet.run(() => client.withSpan('unsampled', () => {}));
    });
    session.end();
    quiet.end();
    await client.flush();
    expect([own.names().sort(), silent.names()]).toEqual([['acme.session', 'ours', 'theirs'], []]);
    expect(own.spans[0]?.resource.attributes).toMatchObject({ team: 'acme', region: 'eu', 'service.name': 'test' });
    expect(seen.sort()).toEqual(['own acme.session', 'own ours', 'own theirs']);
  });

  it('flushes its processors when it ends, and leaves them to others', async () => {
    const calls: string[] = [];
    const shared = {
      onStart: () => {},
      onEnd: (span: ReadableSpan) => void calls.push(span.name),
      forceFlush: async () => void calls.push('flush'),
      shutdown: async () => void calls.push('shutdown'),
    };
    const { client } = startServer();
    const [one, two] = ['one', 'two'].map(name => client.startSession({ name, isolated: { processors: [shared] } }));
    one?.end();
    two?.end();
    await client.shutdown();
    expect(calls.slice(0, 4)).toEqual(['one.session', 'flush', 'two.session', 'flush']);
    expect(calls.includes('shutdown')).toBe(false);
  });

  it('is told by where a span starts, whatever its attributes say or have room for', async () => {
    const { client, common } = startServer();
    const own = keeping();
    const session = client.startSession({ name: 'acme', isolated: { exporters: [own.exporter] } });
    const many = Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`k${index}`, index]));
    session.run(() => {
      client.withSpan('many', { attributes: many }, () => {});
      client.withSpan('at start', { attributes: { 'session.id': 'mine' } }, () => {});
      client.withSpan('later', span => span.setAttribute('session.id', 'mine'));
    });
    session.end();
    await client.flush();
    expect([own.names().sort(), common.got]).toEqual([['acme.session', 'at start', 'later', 'many'], []]);
    expect(own.spans.find(({ name }) => name === 'many')?.attributes['session.id']).toBe(session.id);
  });

  it('is not mixed up with others of its id', async () => {
    const { client, common } = startServer();
    const [one, two] = [keeping(), keeping()];
    const open = (own: typeof one, name: string) =>
      client.startSession({ id: 'conversation', name, isolated: { exporters: [own.exporter] } });
    const sessions = [open(one, 'one'), open(two, 'two')];
    for (const session of sessions) session.run(() => client.withSpan('work', () => {}));
    for (const session of sessions) session.end();
    const plain = client.startSession({ id: 'conversation', name: 'plain' });
    plain.run(() => client.withSpan('open', () => {}));
    plain.end();
    await client.flush();
    const got = [one.names(), two.names(), common.got].map(names => [...names].sort());
    expect(got).toEqual([
      ['one.session', 'work'],
      ['two.session', 'work'],
      ['open', 'plain.session'],
    ]);
  });

  it('shares trace and parents with what is around it', async () => {
    const { client } = startServer();
    const own = keeping();
    client.withSpan('outer', outer => {
      const session = client.startSession({ isolated: { exporters: [own.exporter] } });
      session.run(() => client.withSpan('inner', () => {}));
      session.end();
      expect(own.spans.every(span => span.spanContext().traceId === outer.spanContext().traceId)).toBe(true);
    });
    await client.flush();
    expect(own.names().sort()).toEqual(['default.session', 'inner']);
  });

  it('is counted in the report and the health of the client', async () => {
    const { client } = startServer();
    const session = client.startSession({ isolated: { exporters: [memory().exporter] } });
    expect(client.health().backends.length).toBe(2);
    session.end();
    expect(await client.flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
  });

  it('whose options are wrong goes nowhere, and says so', async () => {
    const { client, common } = startServer();
    const session = client.startSession({ isolated: { exporters: [{ type: 'carrier pigeon' } as never] } });
    session.run(() => client.withSpan('mine', () => {}));
    session.end();
    await client.flush();
    expect([common.got, warnings.length]).toEqual([[], 1]);
  });
});

describe('where that is left out, as in a page', () => {
  it('a session says what is missing', () => {
    const { client } = start();
    client.startSession({ isolated: true }).addExporter(memory().exporter);
    expect(warnings).toEqual(['isolated needs @agentops/web/pipelines', 'addExporter() needs @agentops/web/pipelines']);
  });
});
