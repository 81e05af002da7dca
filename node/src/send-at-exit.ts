import { Worker } from 'node:worker_threads';
import { guard, type SendRequest, type SendSync, type TlsOptions } from '@agentops/shared';
import { WORKER_SOURCE, type WorkerJob } from './send-at-exit-worker.js';
import { exportHeaders } from './send.js';

interface AtExit {
  /** PEM texts. */
  readonly tls?: TlsOptions | undefined;
  /** @default 'http' */
  readonly protocol?: WorkerJob['protocol'];
}

/**
 * Sends while this thread's event loop stands still: another thread does it, and this one waits.
 * @param tls PEM texts
 */
export function createSendAtExit(tls?: TlsOptions): SendSync {
  return (requests, timeoutMs) => sendAtExit(requests, timeoutMs, { tls });
}

/** Returns which were taken within the time. */
export function sendAtExit(
  requests: readonly Pick<SendRequest, 'url' | 'headers' | 'body'>[],
  timeoutMs: number,
  { tls = {}, protocol = 'http' }: AtExit,
): readonly boolean[] {
  if (!requests.length || timeoutMs <= 0) return requests.map(() => false);
  const flags = new Int32Array(new SharedArrayBuffer((requests.length + 1) * Int32Array.BYTES_PER_ELEMENT));
  const jobs = requests.map(({ url, headers, body }) => ({ url, headers: exportHeaders(headers), body }));
  // A process may forbid threads, or be out of memory.
  guard('sending at exit', () => run({ requests: jobs, flags, tls: { ...tls }, protocol }, timeoutMs));
  return requests.map((_, index) => Atomics.load(flags, index + 1) === 1);
}

function run(job: WorkerJob, timeoutMs: number): void {
  const worker = new Worker(WORKER_SOURCE, {
    eval: true,
    workerData: job,
    env: environment(),
    // What the process was started with, such as `--import @agentops/node/register`, is not for this thread.
    execArgv: [],
  });
  worker.on('error', () => {});
  worker.unref();
  waitForAll(job, performance.now() + timeoutMs);
  void worker.terminate();
}

function waitForAll({ requests, flags }: WorkerJob, deadlineMs: number): void {
  for (;;) {
    const done = Atomics.load(flags, 0);
    const leftMs = deadlineMs - performance.now();
    if (done === requests.length || leftMs <= 0) return;
    Atomics.wait(flags, 0, done, leftMs);
  }
}

/** The certificates and proxies of the process hold for this thread too; its start-up options do not. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...rest } = process.env;
  return rest;
}
