import { describe, expect, it } from '#runner';
import { fullTelemetry } from '@agentops/shared/telemetry/full';
import { createFullSampling } from '@agentops/shared/telemetry/sampling-full';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { start } from '../support.js';
import { keeping, memory, startServer, useWarnings } from './session-support.js';

const warnings = useWarnings();

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

  it.each<[string, object]>([
    ['sampling', { sampling: { rules: 5 } }],
    ['sampler', { sampler: 'often' }],
    ['resource', { resourceAttributes: 'team=acme' }],
  ])('whose %s is wrong harms no tracer of the app, and goes nowhere', async (_what, wrong) => {
    const common = memory();
    const { client } = start(
      { telemetry: { exporters: [common.exporter] } },
      { ...fullTelemetry, createSampling: createFullSampling, sessionPerRequest: true },
    );
    const session = client.startSession({ isolated: wrong });
    session.run(() => trace.getTracer('app').startSpan('theirs').end());
    session.end();
    await client.flush();
    expect([common.got, warnings().length]).toEqual([[], 1]);
  });

  it('whose options are wrong goes nowhere, and says so', async () => {
    const { client, common } = startServer();
    const session = client.startSession({ isolated: { exporters: [{ type: 'carrier pigeon' } as never] } });
    session.run(() => client.withSpan('mine', () => {}));
    session.end();
    await client.flush();
    expect([common.got, warnings().length]).toEqual([[], 1]);
  });
});
