import { afterEach, describe, expect, it } from '#runner';
import { init } from '@agentops/web/manual';
import { createBackend, until, type Backend } from '../support/browser-collector.js';
import { openFrame, removeFrames, servePage, type Frame } from '../support/browser-frames.js';

afterEach(removeFrames);

const SPANS = 300;

/** A page that would not send anything by itself for a minute. */
async function open(backend: Backend, head = ''): Promise<Frame> {
  const config = JSON.stringify({ endpoint: backend.path(''), telemetry: { batch: { delayMs: 60_000 } } });
  return openFrame(await servePage({ head: `<meta name="agentops" content='${config}'>${head}` }));
}

/** A page that is left before its database is there can keep nothing. */
async function openWithSpool(backend: Backend): Promise<Frame> {
  const frame = await open(backend);
  await until(async () => (await indexedDB.databases()).some(({ name }) => name === 'agentops'), 'the database');
  // Whoever asked first is answered first.
  (await database()).close();
  return frame;
}

function work({ window }: Frame, count = SPANS): void {
  for (let index = 0; index < count; index++) window.agentops.startSpan(`work ${index}`).end();
}

const isWork = ({ name }: { name: string }) => name.startsWith('work');

/** All of them, and none twice. */
async function expectAllOnce(backend: Backend, count = SPANS): Promise<void> {
  await backend.spans(isWork, count);
  const ids = (await backend.spans(isWork, count)).map(({ spanId }) => spanId);
  expect([ids.length, new Set(ids).size]).toEqual([count, count]);
}

/** As a user who turns to another tab does it; the frame itself stays visible. */
function hide({ window }: Frame): void {
  becomes(window, 'hidden');
}

function show({ window }: Frame): void {
  becomes(window, 'visible');
}

function becomes(window: Frame['window'], value: DocumentVisibilityState): void {
  Object.defineProperty(window.document, 'visibilityState', { value, configurable: true });
  window.document.dispatchEvent(new window.Event('visibilitychange'));
}

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('agentops');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error as DOMException);
  });
}

async function keysOf(backend: Backend): Promise<unknown[][]> {
  const opened = await database();
  const request = opened.transaction('batches').objectStore('batches').getAllKeys();
  const keys = await new Promise<IDBValidKey[]>(resolve => (request.onsuccess = () => resolve(request.result)));
  opened.close();
  const saved = Object.keys(localStorage).filter(name => name.startsWith('agentops.batch.'));
  keys.push(...saved.map(name => JSON.parse(name.slice('agentops.batch.'.length)) as IDBValidKey));
  return (keys as unknown[][]).filter(([name]) => String(name).startsWith(backend.path('')));
}

const isKept = (backend: Backend) => until(async () => (await keysOf(backend)).length > 0, 'spans to be kept');

describe('what a page cannot send when it is left', () => {
  it('is sent by the next page, once, and is then no longer kept', async () => {
    const backend = createBackend();
    const frame = await openWithSpool(backend);
    work(frame);
    frame.remove();
    await isKept(backend);
    await open(backend);
    await expectAllOnce(backend);
    await until(async () => (await keysOf(backend)).length === 0, 'nothing to be kept');
  });

  it('is sent once by two pages that load at once', async () => {
    const backend = createBackend();
    const frame = await openWithSpool(backend);
    work(frame);
    frame.remove();
    await isKept(backend);
    const pages = await Promise.all([open(backend), open(backend)]);
    await expectAllOnce(backend);
    for (const page of pages) await page.window.agentops.flush();
    await expectAllOnce(backend);
  });

  it('is sent by the same page when it is shown again', async () => {
    const backend = createBackend();
    const frame = await openWithSpool(backend);
    work(frame);
    hide(frame);
    await isKept(backend);
    show(frame);
    await expectAllOnce(backend);
    await until(async () => (await frame.window.agentops.flush()).pending === 0, 'flush() to know');
    expect((await frame.window.agentops.flush()).dropped).toEqual({});
  });

  it('includes what ends in listeners of the app for the same events', async () => {
    const backend = createBackend();
    const frame = await openWithSpool(backend);
    const { window } = frame;
    window.addEventListener('pagehide', () => work(frame, 10));
    window.document.addEventListener('visibilitychange', () => work(frame, 20), { once: true });
    hide(frame);
    await frame.navigate(await servePage());
    await open(backend);
    await expectAllOnce(backend, 30);
  });

  it('is everything while the browser is offline, and goes out when it is online', async () => {
    const backend = createBackend();
    const frame = await openWithSpool(backend);
    const { window } = frame;
    Object.defineProperty(window.navigator, 'onLine', { value: false, configurable: true });
    work(frame);
    hide(frame);
    await isKept(backend);
    show(frame);
    Object.defineProperty(window.navigator, 'onLine', { value: true, configurable: true });
    window.dispatchEvent(new window.Event('online'));
    await expectAllOnce(backend);
  });

  it('is dropped after two days, and counted', async () => {
    const backend = createBackend();
    const frame = await openWithSpool(backend);
    work(frame);
    frame.remove();
    await isKept(backend);
    const next = await open(
      backend,
      '<script>{ const now = Date.now; Date.now = () => now() + 49 * 3_600_000; }</script>',
    );
    await until(async () => (await keysOf(backend)).length === 0, 'nothing to be kept');
    const { dropped } = await next.window.agentops.flush();
    expect((dropped['expired'] ?? 0) > 0).toBe(true);
  });
});

/** Too large also when compressed. */
const large = Array.from({ length: 20_000 }, () => Math.random().toString(36)).join('');

describe('what a browser would not send for a page that is left', () => {
  const endLarge = ({ window }: Frame) => window.agentops.startSpan('work', { attributes: { large } }).end();

  it('is sent by the next page: a span too large to outlive it', async () => {
    const backend = createBackend();
    const frame = await openWithSpool(backend);
    endLarge(frame);
    await frame.navigate(await servePage());
    await isKept(backend);
    await open(backend);
    await expectAllOnce(backend, 1);
  });

  it('is sent by the next page: such a span that is on its way', async () => {
    const backend = createBackend();
    const frame = await openWithSpool(backend);
    await until(async () => (await frame.window.agentops.flush()).delivered > 0, 'the page load to be out of the way');
    await backend.answers(['dead']);
    endLarge(frame);
    void frame.window.agentops.flush();
    await backend.spans(isWork, 1);
    await frame.navigate(await servePage());
    await isKept(backend);
    await open(backend);
    const [first, second] = await backend.spans(isWork, 2);
    expect(second?.spanId).toBe(first?.spanId);
  });

  it('is sent by the next page: what other backends left no room for', async () => {
    const backends = [createBackend(), createBackend()] as const;
    const exporters = backends.map(each => ({ type: 'otlp', endpoint: each.path('') }));
    const config = JSON.stringify({ telemetry: { exporters, batch: { delayMs: 60_000 } } });
    const page = await servePage({ head: `<meta name="agentops" content='${config}'>` });
    const frame = await openFrame(page);
    await until(async () => (await indexedDB.databases()).some(({ name }) => name === 'agentops'), 'the database');
    (await database()).close();
    work(frame, 220);
    await frame.navigate(await servePage());
    await isKept(backends[1]);
    await openFrame(page);
    for (const backend of backends) await expectAllOnce(backend, 220);
  });
});

describe('the room of the app in localStorage', () => {
  const hangs = 'IDBFactory.prototype.open = () => ({});';

  it('is left to it, also when the database never opens', { timeout: 20_000 }, async () => {
    const backend = createBackend();
    const frame = await open(backend, `<script>${hangs}</script>`);
    work(frame, 8_000);
    hide(frame);
    frame.window.localStorage.setItem('draft', 'x'.repeat(3_000_000));
    frame.window.localStorage.removeItem('draft');
    frame.remove();
    await open(backend);
    await until(async () => (await keysOf(backend)).length === 0, 'nothing to be kept');
  });

  it('is given back after two days, also when the database never opens', async () => {
    const backend = createBackend();
    const name = `agentops.batch.${JSON.stringify([backend.path('v1/traces'), 0, Date.now() - 49 * 3_600_000, 2, 7, 'id'])}`;
    const { prototype } = IDBFactory;
    const openAsEver = prototype.open;
    prototype.open = () => ({}) as IDBOpenDBRequest;
    // Within one turn, for the pages of other tests look after the same localStorage.
    localStorage.setItem(name, '{}');
    const client = init({ endpoint: backend.path('') });
    prototype.open = openAsEver;
    expect(localStorage.getItem(name)).toBe(null);
    expect(client.health().backends[0]?.dropped).toEqual({ expired: 7 });
    await client.shutdown();
  });
});

describe('a clock that is put back by a day', () => {
  it('holds up nothing that was taken before', async () => {
    const backend = createBackend();
    const ahead = '<script>{ const now = Date.now; Date.now = () => now() + 24 * 3_600_000; }</script>';
    const frame = await openWithSpool(backend);
    work(frame);
    frame.remove();
    await isKept(backend);
    const before = (await backend.deliveries()).length;
    await backend.answers(['dead']);
    const next = await open(backend, ahead);
    // It takes one, and dies with it.
    await backend.deliveries(before + 1);
    next.remove();
    await open(backend);
    await until(async () => (await keysOf(backend)).length === 0, 'nothing to be kept');
    expect(new Set((await backend.spans(isWork, SPANS)).map(({ spanId }) => spanId)).size).toBe(SPANS);
  });
});

describe('flush()', () => {
  it('does not count as pending what another page has delivered', async () => {
    const backend = createBackend();
    const frame = await openWithSpool(backend);
    work(frame);
    hide(frame);
    await isKept(backend);
    await open(backend);
    await until(async () => (await keysOf(backend)).length === 0, 'nothing to be kept');
    show(frame);
    await until(async () => (await frame.window.agentops.flush()).pending === 0, 'flush() to know');
    await expectAllOnce(backend);
  });
});

describe('a page', () => {
  it.each([
    [
      'may keep nothing',
      'Object.defineProperty(self, "indexedDB", { get() { throw new DOMException("denied", "SecurityError"); } })',
    ],
    ['has no database', 'Object.defineProperty(self, "indexedDB", { value: undefined })'],
    [
      'has no room left',
      'IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); }',
    ],
    [
      'finds a database of somebody else',
      'const open = IDBFactory.prototype.open; IDBFactory.prototype.open = function (name) { return open.call(this, name + "-other", 1); }',
    ],
  ])('that %s sends what it has while it lives, and the app notices nothing', async (_title, script) => {
    const backend = createBackend();
    const frame = await open(backend, `<script>${script}</script>`);
    work(frame);
    hide(frame);
    show(frame);
    await until(async () => (await frame.window.agentops.flush()).pending === 0, 'all to be delivered');
    await expectAllOnce(backend);
    expect([frame.window.failures, (await frame.window.agentops.flush()).dropped]).toEqual([[], {}]);
  });

  it('lets go of its database when somebody wants to delete it, and goes on', async () => {
    const backend = createBackend();
    const frame = await openWithSpool(backend);
    const request = indexedDB.deleteDatabase('agentops');
    await new Promise(resolve => (request.onsuccess = resolve));
    await frame.window.agentops.flush();
    await until(async () => (await indexedDB.databases()).length > 0, 'another database');
    (await database()).close();
    work(frame);
    frame.remove();
    await open(backend);
    await expectAllOnce(backend);
  });

  it('in a sandbox, without any storage, sends what it has', async () => {
    const backend = createBackend();
    const endpoint = new URL(backend.path(''), location.href).href;
    const element = document.createElement('iframe');
    element.sandbox.add('allow-scripts');
    const config = `<meta name="agentops" content='{"endpoint":"${endpoint}","telemetry":{"batch":{"delayMs":20}}}'>`;
    const run = `<script src="/browser/dist/agentops.min.js"></script><script>
      AgentOps.startSpan('before').end();
      dispatchEvent(new Event('pagehide'));
      AgentOps.flush().then(() => AgentOps.withSpan('failures ' + failures.length, () => {})).then(() => AgentOps.flush());
    </script>`;
    element.src = await servePage({ start: 'none', head: config + run });
    document.body.append(element);
    await backend.span('before');
    await backend.span('failures 0');
    element.remove();
  });
});
