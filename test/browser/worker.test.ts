import { describe, expect, it } from '#runner';

type Report = Record<string, string>;

/** Runs `/test/support/browser-worker.ts` and returns what it reports. */
function report(entry: string): Promise<Report> {
  const worker = new Worker(`/test/support/browser-worker.ts?${entry}`, { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<Report>) => {
      worker.terminate();
      resolve(data);
    });
    worker.addEventListener('error', event => reject(new Error(event.message)));
  });
}

describe('in a worker', () => {
  it.each(['index', 'manual'])('%s is inert: nothing is patched, and every function works', async entry => {
    expect(await report(entry)).toEqual({
      fetch: 'native',
      warnings: '',
      init: 'twice, without effect',
      injected: '{}',
      result: '42',
      promise: '43',
      flushed: '{"delivered":0,"pending":0,"dropped":{}}',
      sent: 'no traceparent',
    });
  });

  it('the script build does not throw, and patches nothing', async () => {
    const code = "importScripts('/browser/dist/agentops.min.js'); postMessage(String(fetch).includes('[native code]'))";
    const url = URL.createObjectURL(new Blob([code.replace("'/", `'${location.origin}/`)]));
    const worker = new Worker(url);
    const isNative = await new Promise((resolve, reject) => {
      worker.addEventListener('message', ({ data }) => resolve(data));
      worker.addEventListener('error', ({ message }) => reject(new Error(message)));
    });
    worker.terminate();
    expect(isNative).toBe(true);
  });

  it('zone does not throw', async () => {
    expect((await report('zone'))['result']).toBe('42');
  });
});
