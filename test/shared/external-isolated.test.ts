import { createParts } from '@agentops/shared/external/parts';
import { createAttachedClient } from '@agentops/shared/external/attached-client';
import { keepClient, shutdown } from '@agentops/shared/functions';
import { fullTelemetry } from '@agentops/shared/telemetry/full';
import { trace } from '@opentelemetry/api';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { afterEach, expect, it } from '#runner';
import { collect, platform, register } from './attached.js';
import { stop } from './support.js';

afterEach(async () => {
  await shutdown();
  await stop();
});

const names = (spans: ReadableSpan[]) => spans.map(({ name }) => name).sort();

it('a client on the provider of the app keeps an isolated session to its own backends, which get the app’s spans of it too', async () => {
  const [own, common]: ReadableSpan[][] = [[], []];
  const exporter = {
    export(spans: ReadableSpan[], done: (result: { code: number }) => void) {
      own?.push(...spans);
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  } as never;
  const telemetry = { useExternalOtel: true, processors: [collect(common ?? []) as never] };
  const client = keepClient(createAttachedClient({ ...platform(), ...fullTelemetry }, { telemetry }));
  register(new BasicTracerProvider({ spanProcessors: [createParts(platform).createSpanProcessor() as never] }));
  const session = client.startSession({ isolated: { exporters: [exporter] } });
  session.run(() =>
    client.withSpan('ours', () => trace.getTracer('app').startActiveSpan('theirs', theirs => theirs.end())),
  );
  session.end();
  client.withSpan('open', () => {});
  await client.flush();
  expect([names(own ?? []), names(common ?? [])]).toEqual([['ours', 'theirs'], ['open']]);
});
