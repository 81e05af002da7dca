import { createServer } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { flush, getSession, init, shutdown, withSpan } from '@agentops/node';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { closeServers, listen } from '../support/node-servers.js';
import { waitFor } from '../support/node-spans.js';

afterEach(async () => {
  await shutdown();
  await closeServers();
});

it('an exporter that a request adds to its session gets the spans of that request, and is gone with it', async () => {
  const client = init({ telemetry: { exporters: [new InMemorySpanExporter()] } });
  const added: InMemorySpanExporter[] = [];
  const url = await listen(
    createServer((_request, response) => {
      const exporter = new InMemorySpanExporter();
      added.push(exporter);
      getSession()?.addExporter(exporter);
      withSpan('work', () => {});
      response.end();
    }),
  );
  const visit = { baggage: 'session.id=5f1d3f9e-5a1e-4a57-8d43-0b8c3f4a9f10' };
  for (let index = 0; index < 20; index++) await fetch(url, { headers: visit });
  await waitFor(() => expect(client.health().backends).toHaveLength(1));
  await flush();
  const names = added.map(exporter => exporter.getFinishedSpans().map(({ name }) => name));
  expect(names).toEqual(Array(20).fill(['work', 'GET']));
});
