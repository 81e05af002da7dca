import { afterEach, describe, expect, it } from '#runner';
import { createBackend, isFor, until, type Backend } from '../support/browser-collector.js';
import { openFrame, removeFrames, servePage, type Frame } from '../support/browser-frames.js';

afterEach(removeFrames);

/** A page that would not send anything by itself for a minute. */
async function start(backend: Backend): Promise<Frame> {
  const config = JSON.stringify({ endpoint: backend.path(''), telemetry: { batch: { delayMs: 60_000 } } });
  return openFrame(await servePage({ head: `<meta name="agentops" content='${config}'>` }));
}

describe('leaving a page', () => {
  it.each([
    ['the frame is removed', (frame: Frame) => frame.remove()],
    ['the user goes elsewhere', async (frame: Frame) => frame.navigate(await servePage())],
    ['the page is reloaded', (frame: Frame) => frame.reload()],
  ])('sends what has ended when %s', async (_title, leave) => {
    const backend = createBackend();
    const frame = await start(backend);
    for (let count = 0; count < 60; count++) frame.window.agentops.withSpan(`work ${count}`, () => {});
    expect((await backend.deliveries()).length).toBe(0);
    await leave(frame);
    const spans = await backend.spans(({ name }) => name.startsWith('work'), 60);
    expect(spans.length).toBe(60);
    await backend.span('page load');
  });

  it('ends and sends what is open: interaction, stream and request under way', async () => {
    const backend = createBackend();
    const frame = await start(backend);
    const { fetch, agentops } = frame.window;
    const chatting = agentops.withSpan('chat', async () => {
      const response = await fetch(backend.path('sse/endless'));
      await response.text();
    });
    chatting.catch(() => {});
    const request = new frame.window.XMLHttpRequest();
    request.open('GET', backend.path('dead'));
    request.send();
    await until(async () => (await backend.open()) === 2, 'both to be under way');
    frame.remove();
    const chat = await backend.span('chat');
    const stream = await backend.span(isFor(backend.path('sse/endless')));
    expect(stream.parentSpanId).toBe(chat.spanId);
    const dead = await backend.span(isFor(backend.path('dead')));
    expect([chat, stream].map(({ attributes }) => attributes['agentops.interrupted'])).toEqual([true, true]);
    // WebKit breaks off an XMLHttpRequest before it says that the page is left.
    expect(dead.attributes['agentops.interrupted'] === true || dead.status.code === 2).toBe(true);
    const load = await backend.span('page load');
    expect(load.attributes['agentops.interrupted']).toBe(undefined);
    await until(async () => (await backend.open()) === 0, 'the server to notice');
  });

  it('sends when the page is hidden, and goes on when it is shown again', async () => {
    const backend = createBackend();
    const frame = await start(backend);
    const { document, agentops } = frame.window;
    agentops.withSpan('before', () => {});
    const handle = agentops.startSpan('goes on');
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new frame.window.Event('visibilitychange'));
    await backend.span('before');
    handle.end();
    agentops.withSpan('after', () => {});
    await agentops.flush();
    const spans = await backend.spans(({ name }) => name === 'after' || name === 'goes on', 2);
    expect(spans.filter(({ attributes }) => attributes['agentops.interrupted'])).toEqual([]);
  });

  it('works again in a page out of the back/forward cache', async () => {
    const backend = createBackend();
    const { window } = await start(backend);
    window.dispatchEvent(new window.PageTransitionEvent('pagehide', { persisted: true }));
    window.dispatchEvent(new window.PageTransitionEvent('pageshow', { persisted: true }));
    const span = window.agentops.startSpan('after');
    await (await span.run(() => window.fetch(backend.path('echo')))).text();
    span.end();
    await until(async () => {
      await window.agentops.flush();
      return (await backend.spans(({ name }) => name === 'after' || name === 'GET', 0)).length === 2;
    }, 'both spans');
  });
});
