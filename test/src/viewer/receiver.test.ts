import { deflateSync, gzipSync } from 'node:zlib';
import { PbfReader } from 'pbf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startViewer, type Viewer } from '../../../src/viewer/server.js';
import type { ViewerSpan } from '../../../src/viewer/span.js';
import { ask, post } from './http-client.js';
import { json, makeRealSpans, protobuf } from './real-spans.js';

let viewer: Viewer;
let received: ViewerSpan[];

beforeEach(async () => {
  received = [];
  viewer = await startViewer({ port: 0, onSpans: spans => received.push(...spans) });
});

afterEach(() => viewer.close());

describe('OTLP receiver', () => {
  it.each([
    ['json', json],
    ['protobuf', protobuf],
  ])('decodes every part of a real span from %s', async (_name, encoding) => {
    await post(viewer, encoding.contentType, encoding.serialize(makeRealSpans()));
    const [call, root] = received;
    expect(root).toMatchObject({
      name: 'POST /ask',
      kind: 'server',
      service: 'planner',
      scope: { name: 'agent', version: '0.1.0' },
      status: { code: 'ok' },
      attributes: { 'session.id': 's-1', ratio: 0.25, count: 42, ok: true, tags: ['a', 'ü', '日本'], sizes: [1, 2] },
      resource: { 'service.name': 'planner', 'service.version': '1.2.3' },
    });
    expect(root?.startMs).toBeCloseTo(1_760_000_000_123.456, 2);
    expect(root).not.toHaveProperty('parentSpanId');
    expect(call).toMatchObject({
      kind: 'client',
      parentSpanId: root?.spanId,
      traceId: root?.traceId,
      status: { code: 'error', message: 'rate limited' },
      links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), attributes: { reason: 'retry' } }],
      events: [{ name: 'first chunk', attributes: { index: 0 } }],
    });
    expect(call?.durationMs).toBeCloseTo(10.75, 3);
    expect((call?.events[0]?.timeMs ?? 0) - (call?.startMs ?? 0)).toBeCloseTo(2.5, 3);
  });

  it('decodes the same spans from json and from protobuf', async () => {
    const spans = makeRealSpans();
    await post(viewer, json.contentType, json.serialize(spans));
    const fromJson = received.splice(0);
    await post(viewer, protobuf.contentType, protobuf.serialize(spans));
    expect(fromJson).toHaveLength(2);
    expect(received).toEqual(fromJson);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('inflates %s', async (encoding, compress) => {
    const answer = await ask(viewer, {
      method: 'POST',
      path: '/v1/traces',
      headers: { 'content-type': protobuf.contentType, 'content-encoding': encoding },
      body: compress(protobuf.serialize(makeRealSpans())),
    });
    expect(answer.status).toBe(200);
    expect(received).toHaveLength(2);
  });

  it('takes a batch that is sent again once, and answers as if it took it', async () => {
    const send = (id: string) =>
      ask(viewer, {
        method: 'POST',
        path: '/v1/traces',
        headers: { 'content-type': json.contentType, 'agentops-batch-id': id },
        body: json.serialize(makeRealSpans()),
      });
    const answers = [await send('first'), await send('first'), await send('second')];
    expect(answers.map(({ status, text }) => [status, text])).toEqual(Array(3).fill([200, '{"partialSuccess":{}}']));
    expect(received).toHaveLength(4);
  });

  it('forgets a batch it could not read', async () => {
    const send = (body: string | Uint8Array) =>
      ask(viewer, {
        method: 'POST',
        path: '/v1/traces',
        headers: { 'content-type': json.contentType, 'agentops-batch-id': 'torn' },
        body,
      });
    expect((await send('{')).status).toBe(400);
    expect((await send(json.serialize(makeRealSpans()))).status).toBe(200);
    expect(received).toHaveLength(2);
  });

  it('answers in the encoding of the request', async () => {
    const fromJson = await post(viewer, 'application/json; charset=utf-8', json.serialize(makeRealSpans()));
    expect(fromJson).toMatchObject({ status: 200, text: '{"partialSuccess":{}}' });
    expect(fromJson.headers['content-type']).toBe('application/json');
    const fromProtobuf = await post(viewer, protobuf.contentType, protobuf.serialize(makeRealSpans()));
    expect(fromProtobuf).toMatchObject({ status: 200, text: '' });
    expect(fromProtobuf.headers['content-type']).toBe('application/x-protobuf');
  });

  it('skips spans with unusable ids and reports how many', async () => {
    const [call, root] = makeRealSpans();
    if (!call || !root) throw new Error('expected two spans');
    const broken = Object.create(call, { spanContext: { value: () => ({ ...call.spanContext(), spanId: '00' }) } });
    const answer = await post(viewer, json.contentType, json.serialize([broken, root]));
    expect(received.map(span => span.name)).toEqual(['POST /ask']);
    expect(JSON.parse(answer.text)).toEqual({
      partialSuccess: { rejectedSpans: 1, errorMessage: '1 spans without a valid trace id and span id' },
    });
  });

  it('reports rejected spans in protobuf too', async () => {
    // ExportTraceServiceRequest > ResourceSpans > ScopeSpans > Span with no fields.
    const answer = await post(viewer, protobuf.contentType, Uint8Array.of(10, 4, 18, 2, 18, 0));
    const rejected = new PbfReader(Buffer.from(answer.text)).readFields<{ spans?: number }>((tag, result, reader) => {
      if (tag === 1) reader.readMessage((field, into) => field === 1 && (into.spans = reader.readVarint()), result);
    }, {});
    expect(rejected).toEqual({ spans: 1 });
  });

  it.each(['/v1/metrics', '/v1/logs'])('accepts and discards %s', async path => {
    const headers = { 'content-type': 'application/json' };
    const answer = await ask(viewer, { method: 'POST', path, headers, body: '{"resourceMetrics":[]}' });
    expect(answer).toMatchObject({ status: 200, text: '{"partialSuccess":{}}' });
    expect(viewer.store.summaries()).toEqual([]);
  });
});

describe('hostile requests', () => {
  it('answers 415 to a content type that is not OTLP', async () => {
    expect((await post(viewer, 'text/plain', '{}')).status).toBe(415);
  });

  it.each([
    ['JSON that does not parse', 'application/json', '{"resourceSpans":['],
    ['JSON that is not an object', 'application/json', '[]'],
    ['JSON of another shape', 'application/json', '{"resourceSpans":{"a":1}}'],
    ['bytes that are not protobuf', 'application/x-protobuf', Uint8Array.of(255, 255, 255, 255, 1, 2, 3)],
    ['a protobuf length past the end', 'application/x-protobuf', Uint8Array.of(10, 255, 255, 255, 127, 0)],
  ])('answers 400 to %s', async (_name, contentType, body) => {
    const answer = await post(viewer, contentType, body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toHaveProperty('message');
  });

  it('answers 400 to a gzip body that is not gzip', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const answer = await ask(viewer, { method: 'POST', path: '/v1/traces', headers, body: 'plain' });
    expect(answer.status).toBe(400);
  });

  it('answers 415 to an encoding it cannot inflate', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'br' };
    const answer = await ask(viewer, { method: 'POST', path: '/v1/traces', headers, body: '' });
    expect(answer.status).toBe(415);
  });

  it('stops inflating a zip bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const answer = await ask(viewer, { method: 'POST', path: '/v1/traces', headers, body: bomb });
    expect(answer.status).toBe(413);
  });

  it('answers 413 to a body beyond 16 MiB', async () => {
    const answer = await post(viewer, 'application/json', Buffer.alloc(17 * 1024 * 1024, ' '));
    expect(answer.status).toBe(413);
  });

  it('goes on working after all of that', async () => {
    await post(viewer, 'application/x-protobuf', Uint8Array.of(10, 255, 255, 255, 127, 0));
    const answer = await post(viewer, json.contentType, json.serialize(makeRealSpans()));
    expect(answer.status).toBe(200);
    expect(received).toHaveLength(2);
  });
});
