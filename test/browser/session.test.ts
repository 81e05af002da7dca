import { afterEach, beforeEach, describe, expect, it } from '#runner';
import { createBackend } from '../support/browser-collector.js';
import { openFrame, removeFrames, servePage, type Frame } from '../support/browser-frames.js';

const KEY = 'agentops.session';
const MINUTE_MS = 60_000;
const ID = '3f2a1b60-7d4e-4c11-9a55-0123456789ab';

const clear = () => [sessionStorage, localStorage].forEach(storage => storage.removeItem(KEY));
beforeEach(clear);
afterEach(() => {
  removeFrames();
  clear();
});

const seed = (record: unknown, storage = sessionStorage) =>
  storage.setItem(KEY, typeof record === 'string' ? record : JSON.stringify(record));
const idIn = ({ window }: Frame) => window.agentops.getSession()?.id;

async function start(head = ''): Promise<Frame> {
  return openFrame(await servePage({ head }));
}

describe('the session of a page', () => {
  it('is kept over a reload and a navigation', async () => {
    const frame = await start();
    const id = idIn(frame);
    expect(id).toMatch(/^[\da-f]{8}-/);
    await frame.reload();
    expect(idIn(frame)).toBe(id);
    await frame.navigate(await servePage());
    expect(idIn(frame)).toBe(id);
  });

  it.each([
    ['goes on within 30 minutes', 29, 60, true],
    ['is a new one after 30 minutes without activity', 30, 60, false],
    ['goes on within 4 hours', 1, 239, true],
    ['is a new one after 4 hours', 1, 240, false],
  ])('%s', async (_title, idleMinutes, ageMinutes, goesOn) => {
    const now = Date.now();
    const lastActiveAtMs = now - idleMinutes * MINUTE_MS + (goesOn ? 0 : -1);
    seed({ id: ID, startedAtMs: now - ageMinutes * MINUTE_MS - (goesOn ? 0 : 1), lastActiveAtMs });
    const frame = await start();
    expect(idIn(frame) === ID).toBe(goesOn);
    const stored = JSON.parse(sessionStorage.getItem(KEY) ?? '') as {
      id: string;
      previousId?: string;
      lastActiveAtMs: number;
    };
    expect(stored.id).toBe(idIn(frame));
    expect(stored.previousId).toBe(goesOn ? undefined : ID);
    expect(stored.lastActiveAtMs >= now).toBe(true);
  });

  it('expires in a page that stays open, and keeps the baggage of the visitor', async () => {
    const backend = createBackend();
    const frame = await start('<script data-agentops-session=\'{"idleTimeoutMs":60000}\'></script>');
    const id = idIn(frame);
    frame.window.agentops.session.addBaggage('tenant', 'acme');
    seed({ id, startedAtMs: Date.now() - 2 * MINUTE_MS, lastActiveAtMs: Date.now() - 2 * MINUTE_MS });
    await frame.window.fetch(backend.path('echo'));
    expect(idIn(frame)).not.toBe(id);
    expect((await backend.requests(1))[0]?.headers['baggage']).toBe(`session.id=${idIn(frame)},tenant=acme`);
  });

  it.each([
    ['no JSON', 'x{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['an id that is none', { id: 'a,b=c\n', startedAtMs: Date.now(), lastActiveAtMs: Date.now() }],
    ['an id that is a number', { id: 1, startedAtMs: Date.now(), lastActiveAtMs: Date.now() }],
    ['times that are texts', { id: ID, startedAtMs: 'now', lastActiveAtMs: 'now' }],
    ['no times', { id: ID }],
  ])('is a new one when storage was tampered with: %s', async (_title, record) => {
    seed(record);
    const frame = await start();
    expect(idIn(frame)).toMatch(/^[\da-f]{8}-/);
    expect(idIn(frame)).not.toBe(ID);
    expect([...frame.warnings, ...frame.window.failures]).toEqual([]);
    expect(sessionStorage.getItem(KEY)).toContain(String(idIn(frame)));
  });

  it.each([
    ['writing fails', "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"],
    ['reading fails', "Storage.prototype.getItem = () => { throw new Error('no'); };"],
    [
      'access is denied',
      "for (const name of ['sessionStorage', 'localStorage']) Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });",
    ],
  ])('lives as long as the page when %s', async (_title, code) => {
    const backend = createBackend();
    const frame = await start(`<script>${code}</script>`);
    const id = idIn(frame);
    expect(id).toMatch(/^[\da-f]{8}-/);
    await frame.window.fetch(backend.path('echo'));
    expect(idIn(frame)).toBe(id);
    expect((await backend.requests(1))[0]?.headers['baggage']).toBe(`session.id=${id}`);
    expect([...frame.warnings, ...frame.window.failures]).toEqual([]);
  });

  it('is shared by pages of the origin with crossTab, and only then', async () => {
    const crossTab = '<script data-agentops-session=\'{"crossTab":true}\'></script>';
    const [one, two] = [await start(crossTab), await start(crossTab)];
    expect(idIn(two)).toBe(idIn(one));
    expect(localStorage.getItem(KEY)).toContain(String(idIn(one)));
    expect(sessionStorage.getItem(KEY)).toBe(null);
    const alone = await start();
    expect(idIn(alone)).not.toBe(idIn(one));
    // What one page learns the other one follows.
    seed({ id: idIn(one), startedAtMs: 0, lastActiveAtMs: Date.now() }, localStorage);
    const next = idIn(one);
    expect(idIn(two)).toBe(next);
  });

  it('ends with session.end(), and no other begins by itself', async () => {
    const frame = await start();
    frame.window.agentops.getSession()?.end('Success');
    expect(idIn(frame)).toBe(undefined);
    expect(sessionStorage.getItem(KEY)).toBe(null);
    frame.window.agentops.startSession({ name: 'next' });
    expect(frame.window.agentops.getSession()?.name).toBe('next');
  });
});
