import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startViewer, type Viewer } from '../../../src/viewer/server.js';
import { ask } from './http-client.js';
import { makeSpan, spanId, TRACE_ID, traceId } from './span-samples.js';

let viewer: Viewer;

beforeEach(async () => {
  viewer = await startViewer({ port: 0 });
});

afterEach(() => viewer.close());

async function getJson(path: string): Promise<Record<string, unknown>> {
  return JSON.parse((await ask(viewer, { path })).text);
}

describe('trace API', () => {
  it('lists summaries, of one session if asked', async () => {
    viewer.store.add([makeSpan(1), makeSpan(1, { traceId: traceId(2), attributes: { 'session.id': 'a b' } })]);
    expect((await getJson('/api/traces'))['traces']).toHaveLength(2);
    expect(await getJson('/api/traces?session=a%20b')).toMatchObject({ traces: [{ traceId: traceId(2) }] });
  });

  it('gives a trace with its orphans', async () => {
    viewer.store.add([makeSpan(1), makeSpan(2, { parentSpanId: spanId(7) })]);
    const trace = await getJson(`/api/traces/${TRACE_ID}`);
    expect(trace).toMatchObject({ traceId: TRACE_ID, orphans: [spanId(2)], droppedSpans: 0 });
    expect(trace['spans']).toEqual([makeSpan(1), makeSpan(2, { parentSpanId: spanId(7) })]);
  });

  it('gives only the news of a trace, with the orphans of all of it', async () => {
    viewer.store.add([makeSpan(2, { parentSpanId: spanId(7) })]);
    const { version } = await getJson(`/api/traces/${TRACE_ID}`);
    viewer.store.add([makeSpan(3)]);
    const news = await getJson(`/api/traces/${TRACE_ID}?after=${version}`);
    expect(news).toMatchObject({ spans: [{ spanId: spanId(3) }], orphans: [spanId(2)] });
  });

  it('forgets everything on DELETE', async () => {
    viewer.store.add([makeSpan(1)]);
    await ask(viewer, { method: 'DELETE', path: '/api/traces' });
    expect(await getJson('/api/traces')).toEqual({ traces: [] });
    expect((await ask(viewer, { path: `/api/traces/${TRACE_ID}` })).status).toBe(404);
  });
});

describe('live events', () => {
  /** Reads server-sent events until `isDone`; the text read so far. */
  async function listen(act: () => void, isDone: (text: string) => boolean): Promise<string> {
    const response = await fetch(`${viewer.url}/api/events`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    act();
    while (reader && !isDone(text)) text += (await reader.read()).value ?? '';
    await reader?.cancel();
    return text;
  }

  it('pushes the summary of a trace that changed', async () => {
    const text = await listen(
      () => viewer.store.add([makeSpan(1, { name: 'POST /ask' })]),
      read => read.includes('POST /ask'),
    );
    expect(text).toContain('event: traces\ndata: {"traces":[{"traceId"');
  });

  it('makes one event of a burst', async () => {
    const text = await listen(
      () => {
        for (let id = 1; id <= 2_000; id += 1) viewer.store.add([makeSpan(id)]);
      },
      read => read.includes('"spanCount":2000'),
    );
    expect(text.match(/event: traces/g)).toHaveLength(1);
  });

  it('tells that the traces were cleared', async () => {
    const text = await listen(
      () => viewer.store.clear(),
      read => read.includes('event: '),
    );
    expect(text).toContain('event: cleared\ndata: {}');
  });

  it('does not keep the viewer from closing', async () => {
    const response = await fetch(`${viewer.url}/api/events`);
    await viewer.close();
    await expect(response.text()).resolves.toContain('retry:');
  });
});
