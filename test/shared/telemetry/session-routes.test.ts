import { afterEach, beforeEach, describe, expect, it } from '#runner';
import { diagnostics } from '@agentops/shared/diagnostics';
import { fullTelemetry } from '@agentops/shared/telemetry/full';
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
  const state = { isShutDown: false };
  const exporter = {
    export(spans: ReadableSpan[], done: (result: { code: number }) => void) {
      got.push(...spans.map(({ name }) => name));
      done({ code: 0 });
    },
    shutdown: () => {
      state.isShutDown = true;
      return Promise.resolve();
    },
  };
  return { got, state, exporter: exporter as never };
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

  it('shuts it down when it ends, with everything delivered and counted', async () => {
    const { client } = startServer();
    const own = memory();
    const session = client.startSession();
    session.addExporter(own.exporter);
    session.run(() => client.withSpan('mine', () => {}));
    const before = client.health().backends.length;
    session.end();
    await client.flush();
    expect(own.state.isShutDown).toBe(true);
    expect([before, client.health().backends.length]).toEqual([2, 1]);
    expect(await client.flush()).toMatchObject({ delivered: 4, pending: 0, dropped: {} });
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
    expect([own.got.sort(), common.got]).toEqual([['mine', 'secret.session'], []]);
  });

  it('stays isolated however many others come and go, or are open', async () => {
    const { client, common } = startServer();
    const session = client.startSession({ name: 'secret', isolated: true });
    const own = memory();
    session.addExporter(own.exporter);
    for (let index = 0; index < 1_010; index++) client.startSession({ isolated: true }).end();
    session.run(() => client.withSpan('before', () => {}));
    for (let index = 0; index < 1_010; index++) client.startSession({ isolated: true });
    session.run(() => client.withSpan('after', () => {}));
    session.end();
    await client.flush();
    expect([own.got.includes('before'), common.got]).toEqual([true, []]);
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

  it('forgets the oldest when there are more than anybody could have open', async () => {
    const { client } = startServer();
    for (let index = 0; index < 1_010; index++) client.startSession().addExporter(memory().exporter);
    await client.flush();
    expect(client.health().backends.length <= 1_001).toBe(true);
  });
});

describe('where that is left out, as in a page', () => {
  it('a session says what is missing', () => {
    const { client } = start();
    client.startSession().addExporter(memory().exporter);
    expect(warnings).toEqual(['addExporter() needs @agentops/web/pipelines']);
  });
});
