import { describe, it, expect } from '#runner';
import type { SendRequest, SendResponse } from '@agentops/shared';
import { createOtlpBackend, type OtlpHttpOptions } from '@agentops/shared/export/otlp-http';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

const BYTES_PER_SPAN = 10;
const JSON_TYPE = 'application/json';

/** Its serializer makes ten bytes of a span, whatever it is. */
function createBackend(options: Partial<OtlpHttpOptions> = {}, answer: SendResponse | Error = { status: 200 }) {
  const requests: SendRequest[] = [];
  const backend = createOtlpBackend({
    endpoint: 'http://collector.test',
    serializer: {
      serializeRequest: spans => new Uint8Array(spans.length * BYTES_PER_SPAN),
      deserializeResponse: body => JSON.parse(new TextDecoder().decode(body)) as unknown,
    },
    contentType: JSON_TYPE,
    send: request => {
      requests.push(request);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    timeoutMs: 1_000,
    maxBatchBytes: 100,
    maxInFlight: 4,
    maxInFlightBytes: Infinity,
    ...options,
  });
  const batch = { id: 'batch-1', count: 3, bytes: 3, body: new Uint8Array([1, 2, 3]) };
  return { backend, requests, batch, send: () => backend.send(batch) };
}

const spans = (count: number) => Array.from({ length: count }, () => ({}) as ReadableSpan);

describe('an OTLP backend', () => {
  it.each([
    ['http://127.0.0.1:4318', 'http://127.0.0.1:4318/v1/traces'],
    ['http://127.0.0.1:4318/', 'http://127.0.0.1:4318/v1/traces'],
    ['https://collector.test/otlp', 'https://collector.test/otlp/v1/traces'],
    ['https://collector.test/otlp//', 'https://collector.test/otlp/v1/traces'],
    ['https://collector.test/v1/traces', 'https://collector.test/v1/traces'],
    ['https://collector.test/otlp/v1/traces/', 'https://collector.test/otlp/v1/traces/'],
    ['https://collector.test/v1/traces/x', 'https://collector.test/v1/traces/x/v1/traces'],
    ['/otlp', '/otlp/v1/traces'],
    ['/', '/v1/traces'],
    ['https://collector.test/otlp/?token=a/b', 'https://collector.test/otlp/v1/traces?token=a/b'],
    ['https://collector.test/v1/traces?token=a', 'https://collector.test/v1/traces?token=a'],
    ['https://collector.test/?next=/v1/traces', 'https://collector.test/v1/traces?next=/v1/traces'],
  ])('with endpoint %s sends to %s', async (endpoint, url) => {
    const { send, requests } = createBackend({ endpoint });
    expect(await send()).toEqual({ rejected: 0 });
    expect(requests.map(request => request.url)).toEqual([url]);
  });

  it('sends the body of a batch with its id and the headers given', async () => {
    const { send, requests, batch } = createBackend({
      headers: { authorization: 'Bearer x', 'content-type': 'text/plain' },
      contentType: 'application/x-protobuf',
    });
    await send();
    expect(requests).toEqual([
      {
        url: 'http://collector.test/v1/traces',
        body: batch.body,
        headers: {
          authorization: 'Bearer x',
          'content-type': 'application/x-protobuf',
          'agentops-batch-id': 'batch-1',
        },
        timeoutMs: 1_000,
      },
    ]);
  });

  it.each([
    [1, [1]],
    [10, [10]],
    [11, [5, 6]],
    [40, [10, 10, 10, 10]],
    [41, [10, 10, 10, 5, 6]],
  ])('packs %d spans into batches of %j, none too large', (count, expected) => {
    const batches = createBackend().backend.pack(spans(count));
    expect(batches.map(batch => batch.count)).toEqual(expected);
    expect(batches.map(({ bytes, body }) => bytes === body.byteLength)).not.toContain(false);
    expect(new Set(batches.map(({ id }) => id)).size).toBe(batches.length);
  });

  it('packs a span that is too large by itself', () => {
    const batches = createBackend({ maxBatchBytes: 5 }).backend.pack(spans(2));
    expect(batches.map(({ count, bytes }) => [count, bytes])).toEqual([
      [1, BYTES_PER_SPAN],
      [1, BYTES_PER_SPAN],
    ]);
  });

  it.each([200, 202, 204, 299])('has taken it when the answer is %d', async status => {
    expect(await createBackend({}, { status }).send()).toEqual({ rejected: 0 });
  });

  it.each([301, 304, 400, 401, 403, 404, 408, 413, 415, 500, 501, 505, 0])('has refused it on %d', async status => {
    const outcome = await createBackend({}, { status, retryAfter: '0' }).send();
    expect(outcome).toMatchObject({ cause: 'rejected', retry: false });
  });

  it.each([429, 502, 503, 504])('may be tried again on %d, when it says', async status => {
    const outcome = await createBackend({}, { status, retryAfter: '7' }).send();
    expect(outcome).toMatchObject({ cause: 'unreachable', retry: true, waitMs: 7_000 });
  });

  it('may be tried again when there was no answer', async () => {
    const outcome = await createBackend({}, new TypeError('Failed to fetch')).send();
    expect(outcome).toMatchObject({ cause: 'unreachable', retry: true });
  });

  it('is named without its secrets, in errors too', async () => {
    const endpoint = 'https://user:password@collector.test/otlp?key=secret';
    const { backend, send } = createBackend({ endpoint }, { status: 400 });
    expect(backend.name).toBe('https://collector.test/otlp/v1/traces');
    expect(await send()).toMatchObject({
      error: { message: 'https://collector.test/otlp/v1/traces answered 400' },
    });
  });

  it.each<[string, string, number, string?]>([
    ['a part', '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}', 2],
    ['a part, as a number', '{"partialSuccess":{"rejectedSpans":1}}', 1],
    ['more than there was', '{"partialSuccess":{"rejectedSpans":"99"}}', 3],
    ['nothing', '{"partialSuccess":{}}', 0],
    ['less than nothing', '{"partialSuccess":{"rejectedSpans":-4}}', 0],
    ['no number', '{"partialSuccess":{"rejectedSpans":"many"}}', 0],
    ['half a span', '{"partialSuccess":{"rejectedSpans":1.5}}', 1],
    ['null', 'null', 0],
    ['garbage', '<html>', 0],
    ['nothing at all', '', 0],
    ['a page', '{"partialSuccess":{"rejectedSpans":2}}', 0, 'text/html'],
  ])('that answers it has refused %s is understood', async (_title, text, rejected, contentType = JSON_TYPE) => {
    const answer = { status: 200, contentType: `${contentType}; charset=utf-8`, body: new TextEncoder().encode(text) };
    expect(await createBackend({}, answer).send()).toEqual({ rejected });
  });
});
