import '@agentops/web/zone';
import { beforeAll, describe, expect, it } from '#runner';
import { bindContext, init, withSpan, type SpanHandle } from '@agentops/web/manual';
import { createBackend, isFor } from '../support/browser-collector.js';

const INFERRED = 'agentops.context.inferred';
const collector = createBackend('collector');
const NativePromise = (async () => {})().constructor as PromiseConstructor;

beforeAll(async () => {
  init({ endpoint: collector.path(''), telemetry: { batch: { delayMs: 20 } } });
  await collector.span('page load');
});

type Flow = (send: () => Promise<unknown>, span: SpanHandle) => unknown;

/** How the request that `flow` sends stands to the interaction around it, while another interaction is open. */
async function relation(flow: Flow): Promise<string> {
  const backend = createBackend();
  const name = `interaction ${backend.id}`;
  const done = new Promise(resolve => {
    withSpan(name, span => {
      const send = () => fetch(backend.path('echo')).then(resolve);
      return flow(send, span);
    });
  });
  const other = withResolvers();
  void withSpan(`other ${backend.id}`, () => other.promise);
  await done;
  const request = await collector.span(isFor(backend.path('echo')));
  other.resolve();
  const interaction = await collector.span(name);
  if (request.attributes[INFERRED]) return 'inferred';
  return request.parentSpanId === interaction.spanId ? 'exact' : 'lost';
}

function withResolvers() {
  let resolve = () => {};
  const promise = new Promise<void>(settle => (resolve = settle));
  return { promise, resolve };
}

const wait = () => new Promise(resolve => setTimeout(resolve, 1));

describe('context with @agentops/web/zone', () => {
  it.each<[string, Flow]>([
    ['synchronous code', send => send()],
    [
      'a then() chain',
      send =>
        wait()
          .then(() => Promise.resolve())
          .then(send),
    ],
    [
      'a then() after fetch',
      send =>
        fetch('/backend/config')
          .then(response => response.json())
          .then(send),
    ],
    ['a timer', send => setTimeout(() => void send(), 5)],
    ['a microtask', send => queueMicrotask(() => void send())],
    [
      'an event listener',
      send => {
        const request = new XMLHttpRequest();
        request.addEventListener('load', () => void send());
        request.open('GET', '/backend/config');
        request.send();
      },
    ],
    ['Promise.all', send => Promise.all([wait(), wait()]).then(send)],
    ['then() after a native async function', send => (async () => void (await wait()))().then(send)],
  ])('is exact in %s', async (_title, flow) => {
    expect(await relation(flow)).toBe('exact');
  });

  it.each<[string, Flow]>([
    [
      'a native await of a timer',
      async send => {
        await wait();
        await send();
      },
    ],
    [
      'a native await of a resolved promise',
      async send => {
        await Promise.resolve();
        await send();
      },
    ],
    [
      'a native await of fetch',
      async send => {
        await fetch('/backend/config');
        await send();
      },
    ],
  ])('is lost after %s, and then inferred as without it', async (_title, flow) => {
    expect(await relation(flow)).toBe('inferred');
  });

  it.each<[string, Flow]>([
    [
      'bindContext',
      send => {
        const bound = bindContext(send);
        return (async () => {
          await wait();
          await bound();
        })();
      },
    ],
    [
      'span.run',
      async (send, span) => {
        await wait();
        await span.run(send);
      },
    ],
  ])('is carried over a native await by %s', async (_title, flow) => {
    expect(await relation(flow)).toBe('exact');
  });

  it('gives back the promise of a fetch as zone.js makes it, and of an async function as the engine does', async () => {
    const response = fetch('/backend/config');
    expect([Promise, NativePromise].includes(response.constructor as PromiseConstructor)).toBe(true);
    expect((await response).ok).toBe(true);
  });

  it('ends the span of a stream that is cancelled', async () => {
    const backend = createBackend();
    const response = await fetch(backend.path('sse/endless'));
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    const span = await collector.span(isFor(backend.path('sse/endless')));
    expect(span.status.code ?? 0).toBe(0);
  });
});
