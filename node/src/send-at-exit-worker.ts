import type { ExitRequest } from '@agentops/shared';

/** What the worker is given. */
export interface WorkerJob {
  readonly requests: readonly WorkerRequest[];
  /** How many are done, then for each request whether it was taken: answered with 2xx, or with the status `OK` of gRPC. */
  readonly flags: Int32Array;
}

interface WorkerRequest extends Omit<ExitRequest, 'headers'> {
  readonly headers: object;
  /** Its place among the flags. */
  readonly flag: number;
}

/** To one host with the same certificates: many backends may be there. Beyond that a server may not accept at once what comes at once. */
const MAX_SOCKETS = 64;

/** JavaScript in a text: a file of its own would be lost when an app is bundled, and a function's text is what a bundler makes of it. */
export const WORKER_SOURCE = `
const { workerData: { requests, flags } } = require('node:worker_threads');
const connections = {};
const connection = (to, tls, open) => (connections[to + JSON.stringify(tls)] ??= open());

const protocols = {
  http({ url, headers, body, tls }, done) {
    const { protocol } = new URL(url);
    const { Agent, request } = require(protocol === 'https:' ? 'node:https' : 'node:http');
    const agent = connection(protocol, tls, () => new Agent({ keepAlive: true, maxSockets: ${MAX_SOCKETS}, ...tls }));
    const sent = request(url, { method: 'POST', agent, headers: { ...headers, 'content-length': body.byteLength } });
    sent.on('response', response => {
      done(response.statusCode >= 200 && response.statusCode < 300);
      response.on('error', () => {}).resume();
    });
    sent.on('error', () => done(false));
    sent.end(body);
  },
  grpc({ url, headers, body, tls }, done) {
    const { origin, pathname } = new URL(url);
    const session = connection(origin, tls, () => require('node:http2').connect(origin, tls).setMaxListeners(0));
    session.on('error', () => done(false));
    const sent = session.request({ ...headers, ':method': 'POST', ':path': pathname, 'content-type': 'application/grpc', te: 'trailers' });
    const read = ({ 'grpc-status': status }) => status !== undefined && done(String(status) === '0');
    sent.on('response', read).on('trailers', read).on('error', () => done(false)).on('close', () => done(false)).resume();
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.byteLength, 1);
    sent.end(Buffer.concat([head, body]));
  },
};

for (const request of requests) {
  let isDone = false;
  const done = taken => {
    if (isDone) return;
    isDone = true;
    if (taken) Atomics.store(flags, request.flag, 1);
    if (Atomics.add(flags, 0, 1) + 1 === requests.length) Atomics.notify(flags, 0);
  };
  try {
    protocols[request.protocol ?? 'http'](request, done);
  } catch {
    done(false);
  }
}
`;
