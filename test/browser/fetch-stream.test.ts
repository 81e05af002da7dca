import { beforeAll, describe, expect, it } from '#runner';
import { init } from '@agentops/web/manual';
import { createBackend, isFor, until, type Backend, type WireSpan } from '../support/browser-collector.js';

const collector = createBackend('collector');
const SLACK_MS = 120;

beforeAll(() => {
  init({ endpoint: collector.path(''), telemetry: { batch: { delayMs: 20 } } });
});

type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

async function openStream(backend: Backend, route: string, init?: RequestInit): Promise<Body> {
  const { body } = await fetch(backend.path(route), init);
  if (!body) throw new Error('no body');
  return body;
}

/** The one span of `route`, which must have ended when `act` was done. */
async function spanEndingAfter(backend: Backend, route: string, act: () => Promise<unknown>): Promise<WireSpan> {
  const path = backend.path(route);
  expect((await collector.spans(isFor(path), 0)).length).toBe(0);
  const before = Date.now();
  await act();
  const after = Date.now();
  const span = await collector.span(isFor(path));
  expect(span.endMs >= before - SLACK_MS).toBe(true);
  expect(span.endMs <= after + SLACK_MS).toBe(true);
  return span;
}

async function readAll(body: Body): Promise<number> {
  const reader = body.getReader();
  for (let chunks = 0; ; chunks++) if ((await reader.read()).done) return chunks;
}

describe('the span of a stream', () => {
  it.each([
    ['a reader', (body: Body) => readAll(body)],
    ['a reader with a buffer of its own', readBytes],
    ['a pipe', (body: Body) => body.pipeTo(new WritableStream())],
    ['a chain of pipes', (body: Body) => readAll(body.pipeThrough(new TextDecoderStream()) as never)],
    ['tee', (body: Body) => Promise.all(body.tee().map(readAll))],
    ['text()', (body: Body) => new Response(body).text()],
  ])('covers all of it, read by %s', async (_title, read) => {
    if (read === readBytes && !hasByteReaders()) return;
    const backend = createBackend();
    const body = await openStream(backend, 'sse?events=10&interval=30');
    const span = await spanEndingAfter(backend, 'sse', () => Promise.resolve(read(body)));
    expect(span.endMs - span.startMs >= 280).toBe(true);
    expect(span.status.code ?? 0).toBe(0);
  });

  it.each([
    [
      'by its reader',
      async (body: Body) => {
        const reader = body.getReader();
        await reader.read();
        return () => reader.cancel('enough');
      },
    ],
    ['before it is read', (body: Body) => Promise.resolve(() => body.cancel('enough'))],
    [
      'through a chain of pipes',
      async (body: Body) => {
        const reader = body.pipeThrough(new TextDecoderStream()).getReader();
        await reader.read();
        return () => reader.cancel('enough');
      },
    ],
    [
      'by leaving a loop',
      async (body: Body) => {
        const iterate = Reflect.get(body, Symbol.asyncIterator) as (() => AsyncIterator<unknown>) | undefined;
        if (!iterate) return () => body.cancel();
        const iterator = iterate.call(body);
        await iterator.next();
        return () => iterator.return?.() ?? Promise.resolve();
      },
    ],
  ])('ends when it is cancelled %s, and the server sees the client leave', async (_title, begin) => {
    const backend = createBackend();
    const body = await openStream(backend, 'sse/endless');
    const cancel = await begin(body);
    await until(async () => (await backend.open()) === 1, 'the stream to be open');
    await someTimeInto(backend);
    const span = await spanEndingAfter(backend, 'sse/endless', cancel as () => Promise<unknown>);
    expect(span.endMs - span.startMs >= 150).toBe(true);
    expect(span.status.code ?? 0).toBe(0);
    await until(async () => (await backend.open()) === 0, 'the server to notice');
  });

  it('ends when it is aborted, as an error', async () => {
    const backend = createBackend();
    const controller = new AbortController();
    const body = await openStream(backend, 'sse/endless', { signal: controller.signal });
    const reader = body.getReader();
    await reader.read();
    const span = await spanEndingAfter(backend, 'sse/endless', async () => {
      controller.abort();
      await reader.closed.catch((error: Error) => expect(error.name).toBe('AbortError'));
    });
    expect(span.status.code).toBe(2);
    expect(span.attributes).toMatchObject({ 'error.type': 'AbortError', 'http.response.status_code': 200 });
    await until(async () => (await backend.open()) === 0, 'the server to notice');
  });

  it('ends when the connection breaks, as an error', async () => {
    const backend = createBackend();
    const body = await openStream(backend, 'reset?after=headers');
    const error = await readAll(body).catch((thrown: Error) => thrown);
    expect(error instanceof Error).toBe(true);
    const span = await collector.span(isFor(backend.path('reset')));
    expect(span.attributes['http.response.status_code']).toBe(200);
    expect(span.status.code).toBe(2);
  });

  it('goes on when a reader only lets go of it', async () => {
    const backend = createBackend();
    const body = await openStream(backend, 'sse?events=8&interval=40');
    const first = body.getReader();
    await first.read();
    first.releaseLock();
    const span = await spanEndingAfter(backend, 'sse', () => readAll(body));
    expect(span.endMs - span.startMs >= 280).toBe(true);
    expect(span.status.code ?? 0).toBe(0);
  });

  it('does not wait for a reader who does nothing', async () => {
    const backend = createBackend();
    const response = await fetch(backend.path('sse/endless'));
    const span = await collector.span(isFor(backend.path('sse/endless')));
    expect(span.endMs - span.startMs < 500).toBe(true);
    await response.body?.cancel();
  });

  it('of an older stream is not ended by a request that fails, or another one that is read', async () => {
    const backend = createBackend();
    // Else Firefox lets the second wait for what the first leaves in the cache.
    const cache = 'no-store';
    const body = await openStream(backend, 'sse/endless', { cache });
    const reader = body.getReader();
    await reader.read();
    const controller = new AbortController();
    const second = (await openStream(backend, 'sse/endless', { cache, signal: controller.signal })).getReader();
    await second.read();
    controller.abort();
    await second.closed.catch(() => {});
    const third = (await openStream(backend, 'sse/endless', { cache })).getReader();
    await third.read();
    await third.cancel();
    await collector.spans(isFor(backend.path('sse/endless')), 2);
    await someTimeInto(backend);
    expect((await collector.spans(isFor(backend.path('sse/endless')), 2)).length).toBe(2);
    await reader.cancel();
    await collector.spans(isFor(backend.path('sse/endless')), 3);
  });
});

describe('reading slowly', () => {
  it('leaves the pace to the reader: an unread stream is not drained', async () => {
    const backend = createBackend();
    const body = await openStream(backend, 'sse?events=4&interval=20');
    const reader = body.getReader();
    const span = collector.span(isFor(backend.path('sse')));
    expect((await reader.read()).done).toBe(false);
    expect(body.locked).toBe(true);
    let rest = 0;
    while (!(await reader.read()).done) rest++;
    expect(rest > 0).toBe(true);
    expect((await span).status.code ?? 0).toBe(0);
  });
});

/** So much later that nothing can pass for the time of the headers. Waits for the events of the stream, and not for the clock. */
async function someTimeInto(backend: Backend): Promise<void> {
  const ticks = createBackend(`${backend.id}-ticks`);
  await (await fetch(ticks.path('chunks?count=10&interval=20'))).text();
}

async function readBytes(body: Body): Promise<void> {
  const reader = body.getReader({ mode: 'byob' });
  let buffer = new Uint8Array(64);
  for (;;) {
    const { done, value } = await reader.read(buffer);
    if (done) return;
    buffer = new Uint8Array(value.buffer);
  }
}

/** WebKit has none for responses. */
function hasByteReaders(): boolean {
  try {
    return Boolean(new Response('x').body?.getReader({ mode: 'byob' }));
  } catch {
    return false;
  }
}
