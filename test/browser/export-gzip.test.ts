import { afterEach, describe, expect, it } from '#runner';
import { createBackend, type Backend } from '../support/browser-collector.js';
import { openFrame, removeFrames, servePage, type Frame } from '../support/browser-frames.js';

afterEach(removeFrames);

/** A page that sends when it is told to. */
async function start(endpoint: string): Promise<Frame> {
  const config = JSON.stringify({ endpoint, telemetry: { batch: { delayMs: 60_000 } } });
  const frame = await openFrame(await servePage({ head: `<meta name="agentops" content='${config}'>` }));
  await frame.window.agentops.flush();
  return frame;
}

/** Ends as many spans as one request takes. */
function work({ window }: Frame, count = 40): void {
  for (let index = 0; index < count; index++) window.agentops.startSpan(`work ${index}`).end();
}

const isWork = ({ name }: { name: string }) => name.startsWith('work');

async function encodings(backend: Backend): Promise<(string | undefined)[]> {
  return (await backend.deliveries()).map(({ headers }) => headers['content-encoding']);
}

describe('what a page sends', () => {
  it('is compressed when it is large, for a collector at the page’s own origin', async () => {
    const backend = createBackend();
    const frame = await start(backend.path(''));
    work(frame);
    await frame.window.agentops.flush();
    expect((await backend.spans(isWork, 40)).length).toBe(40);
    expect((await encodings(backend)).at(-1)).toBe('gzip');
  });

  it('is not compressed for a collector elsewhere, which would have to allow it first', async () => {
    const backend = createBackend();
    const frame = await start(backend.crossPath(''));
    work(frame);
    await frame.window.agentops.flush();
    await backend.spans(isWork, 40);
    expect((await encodings(backend)).filter(Boolean)).toEqual([]);
  });

  it.each([[400], [415], [500]])('arrives as it is where the answer to gzip is %s, then and later', async status => {
    const backend = createBackend();
    const frame = await start(backend.path(''));
    await backend.answers([{ status }]);
    work(frame);
    const { dropped, pending } = await frame.window.agentops.flush();
    expect([dropped, pending]).toEqual([{}, 0]);
    work(frame);
    await frame.window.agentops.flush();
    expect((await encodings(backend)).slice(-3)).toEqual(['gzip', undefined, undefined]);
  });

  it('waits as long as a busy collector says, compressed or not', async () => {
    const backend = createBackend();
    const frame = await start(backend.path(''));
    await backend.answers([{ status: 503, headers: { 'retry-after': '60' } }]);
    work(frame);
    const sent = (await backend.deliveries()).length;
    await frame.window.agentops.flush({ timeoutMs: 300 });
    expect((await backend.deliveries()).length).toBe(sent + 1);
  });

  it('leaves with the page as it is, when there is no time left to compress it', async () => {
    const backend = createBackend();
    const frame = await start(backend.path(''));
    work(frame);
    // Compressing has begun, and takes longer than the page has.
    void frame.window.agentops.flush();
    frame.remove();
    expect((await backend.spans(isWork, 40)).length).toBe(40);
    expect((await encodings(backend)).at(-1)).toBe(undefined);
  });

  it('counts as rejected what the collector says it did not take', async () => {
    const backend = createBackend();
    const frame = await start(backend.path(''));
    const body = JSON.stringify({ partialSuccess: { rejectedSpans: '3', errorMessage: 'too old' } });
    await backend.answers([{ status: 200, body }]);
    work(frame);
    const { delivered, dropped } = await frame.window.agentops.flush();
    expect(dropped).toEqual({ rejected: 3 });
    expect(delivered >= 37).toBe(true);
    expect(frame.warnings.some(text => text.includes('too old'))).toBe(true);
  });
});
