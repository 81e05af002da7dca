import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServers, serve } from '../support/node-servers.js';
import { record, waitFor, type EndedSpan, type Recorder } from '../support/node-spans.js';

let recorder: Recorder;
let url: string;

beforeEach(async () => {
  recorder = record();
  url = await serve((_, response) => void response.writeHead(200).write('data: 1\n\n'));
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

async function answered(options: RequestOptions = {}): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  const request = http.get(url, options);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  request.on('error', () => {});
  response.on('error', () => {});
  return { request, response };
}

describe('an answer over http', () => {
  it.each<[string, () => Promise<unknown>]>([
    [
      'left in the middle of an iteration',
      async () => {
        for await (const chunk of (await answered()).response) if (chunk) break;
      },
    ],
    ['destroyed', async () => (await answered()).response.destroy()],
    ['left by destroying its request', async () => (await answered()).request.destroy()],
    [
      'left by an abort of its signal',
      async () => {
        const controller = new AbortController();
        await answered({ signal: controller.signal });
        controller.abort();
      },
    ],
  ])('that is %s ends its span without an error', async (_, leave) => {
    await leave();
    const span = await clientSpan();
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(span.events).toEqual([]);
  });

  it('whose request is destroyed with an error fails its span with it', async () => {
    const { request } = await answered();
    request.destroy(new RangeError('too much'));
    const span = await clientSpan();
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'too much' });
  });

  it('gives the request back from destroy(), which shows no property', async () => {
    const { request } = await answered();
    expect(Object.keys(request)).not.toContain('destroy');
    expect(request.destroy()).toBe(request);
    expect(request.destroyed).toBe(true);
  });
});
