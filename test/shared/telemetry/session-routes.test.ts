import { describe, expect, it } from '#runner';
import { fullTelemetry } from '@agentops/shared/telemetry/full';
import { start } from '../support.js';
import { keeping, memory, startServer, useWarnings } from './session-support.js';

const warnings = useWarnings();

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
    expect(warnings().filter(warning => warning.startsWith('1000 sessions')).length > 0).toBe(true);
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
    expect(warnings().length).toBe(1);
  });

  it('is refused when there are more than anybody could have open', () => {
    const { client } = startServer();
    const sessions = Array.from({ length: 1_010 }, () => client.startSession());
    for (const session of sessions) session.addExporter(memory().exporter);
    expect(client.health().backends.length).toBe(1_001);
    expect(warnings().length).toBe(10);
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

describe('where that is left out, as in a page', () => {
  it('a session says what is missing', () => {
    const { client } = start();
    client.startSession({ isolated: true }).addExporter(memory().exporter);
    expect(warnings()).toEqual([
      'isolated needs @agentops/web/pipelines',
      'addExporter() needs @agentops/web/pipelines',
    ]);
  });
});
