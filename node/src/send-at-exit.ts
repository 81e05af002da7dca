import { Worker } from 'node:worker_threads';
import { guard, type LastSend } from '@agentops/shared';
import { WORKER_SOURCE, type WorkerJob } from './send-at-exit-worker.js';
import { exportHeaders } from './send.js';

const WHAT = 'sending at exit';

/**
 * Sends while this thread's event loop stands still: another thread does it, and this one waits. One thread for all backends, for to start one takes
 * longer than many a request.
 * @param deadlineMs by `performance.now()`
 */
export function sendAtExit(sends: readonly LastSend[], deadlineMs: number): void {
  const requests = jobsOf(sends);
  const flags = new Int32Array(new SharedArrayBuffer((requests.length + 1) * Int32Array.BYTES_PER_ELEMENT));
  // A process may forbid threads, or be out of memory.
  if (requests.length && deadlineMs > performance.now()) guard(WHAT, () => run({ requests, flags }, deadlineMs));
  let flag = 0;
  for (const send of sends) {
    const taken = send.requests.map(() => Atomics.load(flags, ++flag) === 1);
    guard(WHAT, () => send.settle(taken));
  }
}

/** The first request of each backend, then the second of each: one that hangs must not have all connections to a host before others have one. */
function jobsOf(sends: readonly LastSend[]): WorkerJob['requests'] {
  let flag = 0;
  const jobs = sends.flatMap(({ requests }) =>
    requests.map((request, turn) => ({ ...request, headers: exportHeaders(request.headers), flag: ++flag, turn })),
  );
  return jobs.sort((one, other) => one.turn - other.turn);
}

function run(job: WorkerJob, deadlineMs: number): void {
  const worker = new Worker(WORKER_SOURCE, {
    eval: true,
    workerData: job,
    env: environment(),
    // What the process was started with, such as `--import @agentops/node/register`, is not for this thread.
    execArgv: [],
  });
  worker.on('error', () => {});
  worker.unref();
  waitForAll(job, deadlineMs);
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
