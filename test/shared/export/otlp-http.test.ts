import { describe, it, expect } from '#runner';
import type { SendRequest, SendResponse } from '@agentops/shared';
import { createOtlpHttpExporter, type OtlpHttpOptions } from '@agentops/shared/export/otlp-http';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

const bytes = new Uint8Array([1, 2, 3]);

function createExporter(options: Partial<OtlpHttpOptions> = {}) {
  const requests: SendRequest[] = [];
  const answers: ((response: SendResponse) => void)[] = [];
  const exporter = createOtlpHttpExporter({
    endpoint: 'http://collector.test',
    serializer: { serializeRequest: () => bytes, deserializeResponse: () => ({}) },
    contentType: 'application/json',
    send: request => {
      requests.push(request);
      return new Promise(resolve => answers.push(resolve));
    },
    timeoutMs: 1_000,
    ...options,
  });
  const results: ExportResult[] = [];
  const run = (spans: ReadableSpan[] = []) =>
    new Promise<ExportResult>(resolve =>
      exporter.export(spans, result => {
        results.push(result);
        resolve(result);
      }),
    );
  return { exporter, requests, results, run, answer: (status: number) => answers.shift()?.({ status }) };
}

describe('an OTLP exporter', () => {
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
    const { run, requests, answer } = createExporter({ endpoint });
    const result = run();
    answer(200);
    expect(await result).toEqual({ code: ExportResultCode.SUCCESS });
    expect(requests.map(request => request.url)).toEqual([url]);
  });

  it('sends what the serializer makes, with the headers given', async () => {
    const { run, requests, answer } = createExporter({
      headers: { authorization: 'Bearer x', 'content-type': 'text/plain' },
      contentType: 'application/x-protobuf',
    });
    const result = run();
    answer(200);
    await result;
    expect(requests[0]).toMatchObject({
      body: bytes,
      headers: { authorization: 'Bearer x', 'content-type': 'application/x-protobuf' },
    });
    expect(requests[0]?.timeoutMs).toBeGreaterThan(900);
  });

  it('fails with the reason when it is refused', async () => {
    const { run, answer } = createExporter();
    const result = run();
    answer(401);
    expect(await result).toMatchObject({ code: ExportResultCode.FAILED, error: { reason: 'rejected' } });
  });

  it.each<[string, () => Uint8Array | undefined]>([
    [
      'throws',
      () => {
        throw new Error('cyclic');
      },
    ],
    [
      'throws what is no error',
      () => {
        throw 'cyclic';
      },
    ],
    ['makes nothing', () => undefined],
  ])('fails, and sends nothing, when the serializer %s', async (_title, serializeRequest) => {
    const { run, requests } = createExporter({
      serializer: { serializeRequest, deserializeResponse: () => ({}) },
    });
    const result = await run();
    expect(result.code).toBe(ExportResultCode.FAILED);
    expect(result.error).toBeInstanceOf(Error);
    expect(requests).toEqual([]);
  });

  it.each<'forceFlush' | 'shutdown'>(['forceFlush', 'shutdown'])('waits in %s for exports under way', async method => {
    const { exporter, run, results, answer } = createExporter();
    void run();
    void run();
    const waiting = exporter[method]?.();
    answer(200);
    answer(400);
    await waiting;
    expect(results.map(({ code }) => code)).toEqual([ExportResultCode.SUCCESS, ExportResultCode.FAILED]);
  });
});
