import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServers, serve } from '../support/node-servers.js';
import { record, waitFor, type EndedSpan, type Recorder } from '../support/node-spans.js';

let recorder: Recorder;
let url: string;

beforeEach(async () => {
  recorder = record();
  url = await serve((request, response) => {
    if (request.url === '/silent') return;
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    if (request.url === '/breaks') setTimeout(() => response.destroy(), 5);
  });
});

afterEach(async () => {
  await closeServers();
  await recorder.stop();
});

function clientSpan(): Promise<EndedSpan> {
  return waitFor(async () => {
    await recorder.all('never', 0);
    const [span, ...others] = recorder.spans.filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(others).toEqual([]);
    expect(span).toBeDefined();
    return span as EndedSpan;
  });
}

async function body(path = '/', init?: RequestInit): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(url + path, init);
  return response.body as ReadableStream<Uint8Array>;
}

describe('a stream of fetch', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['cancelled', async () => (await body()).cancel()],
    ['cancelled for a reason', async () => (await body()).cancel('enough')],
    [
      'left in the middle of an iteration',
      async () => {
        for await (const chunk of await body()) if (chunk.length) break;
      },
    ],
    [
      'aborted by its reader',
      async () => {
        const controller = new AbortController();
        const reader = (await body('/', { signal: controller.signal })).getReader();
        await reader.read();
        controller.abort();
        await reader.closed.catch(() => {});
      },
    ],
  ])('that is %s ends its span without an error', async (_, leave) => {
    await leave();
    const span = await clientSpan();
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(span.events).toEqual([]);
    expect(span.attributes['http.response.status_code']).toBe(200);
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['breaks off', 'TypeError', async () => (await fetch(`${url}/breaks`)).text()],
    ['takes too long', 'TimeoutError', async () => (await fetch(url, { signal: AbortSignal.timeout(50) })).text()],
    ['is aborted before an answer', 'AbortError', () => abortEarly()],
  ])('that %s fails its span, and its reader with a %s', async (_, name, read) => {
    expect(await read().catch((error: Error) => error.name)).toBe(name);
    const span = await clientSpan();
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
    expect(span.events.map(event => event.name)).toEqual(['exception']);
  });
});

function abortEarly(): Promise<unknown> {
  const controller = new AbortController();
  const answer = fetch(`${url}/silent`, { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  return answer;
}
