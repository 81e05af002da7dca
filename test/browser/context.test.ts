import { afterEach, beforeAll, describe, expect, it } from '#runner';
import {
  bindContext,
  init,
  injectContext,
  startSpan,
  withAgent,
  withSpan,
  withTask,
  withTool,
} from '@agentops/web/manual';
import { createBackend, isFor, type WireSpan } from '../support/browser-collector.js';

const INFERRED = 'agentops.context.inferred';
const collector = createBackend('collector');
const cleanup: (() => void)[] = [];

beforeAll(async () => {
  init({ endpoint: collector.path(''), telemetry: { batch: { delayMs: 20 } } });
  await collector.span('page load');
});

afterEach(() => cleanup.splice(0).forEach(run => run()));

const named = (name: string) => `${name} ${crypto.randomUUID().slice(0, 8)}`;
const turn = () => new Promise(resolve => setTimeout(resolve, 1));

/** The span of one request, made by `send`. */
async function requestSpan(send: (url: string) => Promise<unknown>): Promise<WireSpan> {
  const backend = createBackend();
  await send(backend.path('echo'));
  return collector.span(isFor(backend.path('echo')));
}

/** Opens an interaction that stays open until the test is over. */
function openInteraction(name: string): void {
  void withSpan(name, () => new Promise<void>(resolve => cleanup.push(resolve)));
}

describe('context in a page, without zone.js', () => {
  it('is exact in synchronous code: a span within a span is its child', async () => {
    const [outer, inner] = [named('outer'), named('inner')];
    const request = await requestSpan(url => withSpan(outer, () => withSpan(inner, () => fetch(url))));
    const innerSpan = await collector.span(inner);
    const outerSpan = await collector.span(outer);
    expect(request.parentSpanId).toBe(innerSpan.spanId);
    expect(innerSpan.parentSpanId).toBe(outerSpan.spanId);
    expect(outerSpan.parentSpanId).toBe(undefined);
    expect(request.attributes[INFERRED]).toBe(undefined);
  });

  it('is inferred after a native await: the one open interaction is the parent', async () => {
    const [name, agent] = [named('one'), crypto.randomUUID()];
    const request = await requestSpan(url =>
      withAgent(name, { id: agent }, async () => {
        await turn();
        await fetch(url);
      }),
    );
    const interaction = await collector.span(`${name}.agent`);
    expect([request.traceId, request.parentSpanId]).toEqual([interaction.traceId, interaction.spanId]);
    expect(request.attributes).toMatchObject({ [INFERRED]: true, 'agent.id': agent });
  });

  it.each<[string, (run: () => unknown) => Promise<unknown>]>([
    ['a .then', run => Promise.resolve().then(run)],
    ['a timer', run => new Promise(resolve => setTimeout(() => resolve(run()), 1))],
    ['a microtask', run => new Promise(resolve => queueMicrotask(() => resolve(run())))],
  ])('is inferred after %s, as after an await', async (_title, later) => {
    const name = named('later');
    const request = await requestSpan(url => withSpan(name, () => later(() => fetch(url))));
    expect(request.parentSpanId).toBe((await collector.span(name)).spanId);
    expect(request.attributes[INFERRED]).toBe(true);
  });

  it('is not guessed with two open: the request is linked to both, and is a child of none', async () => {
    const names = [named('first'), named('second')];
    const request = await requestSpan(async url => {
      names.forEach(openInteraction);
      await turn();
      await fetch(url);
    });
    cleanup.splice(0).forEach(run => run());
    const [first, second] = await Promise.all(names.map(name => collector.span(name)));
    expect(request.parentSpanId).toBe(undefined);
    expect(request.attributes[INFERRED]).toBe(true);
    expect(request.links.map(({ traceId, spanId }) => [traceId, spanId])).toEqual([
      [first?.traceId, first?.spanId],
      [second?.traceId, second?.spanId],
    ]);
    expect([first?.traceId, second?.traceId]).not.toContain(request.traceId);
  });

  it('is none when nothing is open', async () => {
    const request = await requestSpan(url => fetch(url));
    expect(request.parentSpanId).toBe(undefined);
    expect(request.links).toEqual([]);
    expect(request.attributes[INFERRED]).toBe(undefined);
  });

  it.each([
    ['withTool', withTool, 'tool'],
    ['withTask', withTask, 'task'],
  ])('is inferred for %s, which is always part of something', async (_title, withPart, suffix) => {
    const [name, part] = [named('interaction'), named('part')];
    const request = await requestSpan(url =>
      withSpan(name, async () => {
        await turn();
        await withPart(part, () => fetch(url));
      }),
    );
    const interaction = await collector.span(name);
    const partSpan = await collector.span(`${part}.${suffix}`);
    expect(partSpan.parentSpanId).toBe(interaction.spanId);
    expect(partSpan.attributes[INFERRED]).toBe(true);
    expect(request.parentSpanId).toBe(partSpan.spanId);
    expect(request.attributes[INFERRED]).toBe(undefined);
  });

  it('is not inferred for withSpan: at top level it is an interaction of its own', async () => {
    const [name, next] = [named('interaction'), named('next')];
    await withSpan(name, async () => {
      await turn();
      withSpan(next, () => {});
    });
    expect((await collector.span(next)).parentSpanId).toBe(undefined);
  });

  it.each([
    ['bindContext', () => bindContext((url: string) => fetch(url))],
    ['span.run', (span: { run<T>(fn: () => T): T }) => (url: string) => span.run(() => fetch(url))],
    [
      'span.context',
      (span: { context: Parameters<typeof injectContext>[1] }) => (url: string) =>
        fetch(url, { headers: injectContext({}, span.context) }),
    ],
  ])('is carried over an await by %s, with several open too', async (title, carry) => {
    const [name, other] = [named('carried'), named('other')];
    openInteraction(other);
    const backend = createBackend();
    await withSpan(name, async span => {
      const send = carry(span as never) as (url: string) => Promise<unknown>;
      await turn();
      await send(backend.path('echo'));
    });
    const request = await collector.span(isFor(backend.path('echo')));
    const span = await collector.span(name);
    if (title === 'span.context') {
      // The request span itself cannot know; the receiver is told what the app said.
      const [recorded] = await backend.requests(1);
      expect(recorded?.headers['traceparent']).toContain(`${span.traceId}-${span.spanId}`);
      return;
    }
    expect(request.parentSpanId).toBe(span.spanId);
    expect(request.attributes[INFERRED]).toBe(undefined);
  });

  it('is that of a span handle', async () => {
    const handle = startSpan(named('handle'));
    await turn();
    const request = await requestSpan(url => handle.run(() => fetch(url)));
    handle.end();
    expect(request.parentSpanId).toBe(handle.spanContext().spanId);
  });

  it('stays with a request made within a span that has ended', async () => {
    const name = named('ended');
    let send: (url: string) => Promise<unknown> = fetch;
    withSpan(name, () => {
      send = bindContext((url: string) => fetch(url));
    });
    const request = await requestSpan(url => send(url));
    expect(request.parentSpanId).toBe((await collector.span(name)).spanId);
  });

  it('is kept in each step of a generator that withSpan follows', async () => {
    const name = named('generator');
    const backend = createBackend();
    const steps = withSpan(name, async function* () {
      const first = fetch(backend.path('status/200'));
      yield 1;
      const second = fetch(backend.path('status/201'));
      yield 2;
      await Promise.all([first, second]);
    });
    openInteraction(named('other'));
    for await (const _ of steps) await turn();
    const interaction = await collector.span(name);
    for (const route of ['status/200', 'status/201']) {
      expect((await collector.span(isFor(backend.path(route)))).parentSpanId).toBe(interaction.spanId);
    }
  });

  it('is kept in a ReadableStream that withSpan follows, and the span covers it', async () => {
    const name = named('stream');
    const backend = createBackend();
    const stream = withSpan(
      name,
      () =>
        new ReadableStream<number>(
          {
            async pull(controller) {
              await fetch(backend.path('status/200'));
              controller.close();
            },
          },
          { highWaterMark: 0 },
        ),
    );
    openInteraction(named('other'));
    await turn();
    expect(await stream.getReader().read()).toEqual({ done: true, value: undefined });
    const interaction = await collector.span(name);
    expect((await collector.span(isFor(backend.path('status/200')))).parentSpanId).toBe(interaction.spanId);
  });

  it('makes an SSE reading loop in withSpan one trace', async () => {
    const name = named('chat');
    const backend = createBackend();
    await withSpan(name, async () => {
      const response = await fetch(backend.path('sse?events=3&interval=20'));
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      for (let event = 0; !(await reader?.read())?.done; event++) await fetch(backend.path(`status/${200 + event}`));
    });
    const interaction = await collector.span(name);
    const inTrace = await collector.spans(({ traceId }) => traceId === interaction.traceId, 5);
    expect(inTrace.filter(({ parentSpanId }) => parentSpanId === interaction.spanId).length).toBe(4);
    expect(interaction.endMs - interaction.startMs >= 50).toBe(true);
  });

  it('forgets the oldest of too many spans that never end', async () => {
    const handles = Array.from({ length: 600 }, (_, index) => startSpan(`leaked ${index}`));
    const request = await requestSpan(url => fetch(url));
    const linked = new Set(request.links.map(({ spanId }) => spanId));
    handles.forEach(handle => handle.end());
    expect(linked.size <= 128).toBe(true);
    expect(request.parentSpanId).toBe(undefined);
    const after = await requestSpan(url => fetch(url));
    expect(after.links).toEqual([]);
  });
});
