/** What the worker is given. */
export interface WorkerJob {
  readonly requests: readonly { readonly url: string; readonly headers: object; readonly body: Uint8Array }[];
  /** How many are done, then for each request whether it was answered with 2xx. */
  readonly flags: Int32Array;
}

/** Of one host. */
const MAX_SOCKETS = 8;

/** JavaScript in a text: a file of its own would be lost when an app is bundled, and a function's text is what a bundler makes of it. */
export const WORKER_SOURCE = `
const { workerData: { requests, flags } } = require('node:worker_threads');
const modules = { 'http:': require('node:http'), 'https:': require('node:https') };
const agents = {};
requests.forEach(({ url, headers, body }, index) => {
  let isDone = false;
  const done = status => {
    if (isDone) return;
    isDone = true;
    if (status >= 200 && status < 300) Atomics.store(flags, index + 1, 1);
    if (Atomics.add(flags, 0, 1) + 1 === requests.length) Atomics.notify(flags, 0);
  };
  try {
    const { protocol } = new URL(url);
    const { Agent, request } = modules[protocol];
    const agent = (agents[protocol] ??= new Agent({ keepAlive: true, maxSockets: ${MAX_SOCKETS} }));
    const sent = request(url, { method: 'POST', agent, headers: { ...headers, 'content-length': body.byteLength } });
    sent.on('response', response => {
      done(response.statusCode);
      response.on('error', () => {}).resume();
    });
    sent.on('error', () => done(0));
    sent.end(body);
  } catch {
    done(0);
  }
});
`;
