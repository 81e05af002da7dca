import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Child } from './node-child.js';
import type { Collector } from './node-collector.js';
import { useProcesses } from './node-processes.js';
import { waitFor } from './node-spans.js';

export interface QueueSettings {
  readonly diskQueue?: object;
  readonly batch?: object;
  readonly exporter?: object;
}

export interface DiskQueue {
  /** New for each test. */
  readonly collector: Collector;
  readonly folder: string;
  /**
   * A process with a disk queue. `work(from, count)` records, and what has been recorded is on disk when `turn()` resolves.
   * `tenant(name)` is an isolated session with a key of its own to the same collector.
   */
  run(source: string, settings?: QueueSettings): Promise<Child>;
  /** A later process, which has nothing to send of its own; until nothing is left. */
  deliverRest(settings?: QueueSettings): Promise<{ dropped: Record<string, number>; stderr: string }>;
  /** In all folders of the queue. */
  files(): Promise<string[]>;
  /** All that is in the queue, folders too. */
  entries(): Promise<string[]>;
  /** Of the spans that have arrived, sorted. */
  names(): string[];
}

/** What `work(from, count)` makes arrive. */
export const works = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `work ${from + index}`).sort();

const HELPERS = `
const work = (from, count) => {
  for (let i = from; i < from + count; i++) withSpan('work ' + i, { attributes: { text: 'ü'.repeat(100) } }, () => {});
};
const turn = () => new Promise(resolve => setImmediate(resolve));
const die = () => process.kill(process.pid, 'SIGKILL');
`;

/** A collector and a folder for each test of a file, and processes that use them. */
export function useDiskQueue(): DiskQueue {
  const processes = useProcesses();

  const run: DiskQueue['run'] = (source, { diskQueue, batch, exporter } = {}) => {
    const telemetry = {
      exporters: [{ type: 'otlp', endpoint: processes.collector.url, ...exporter }],
      diskQueue: { folder: processes.folder, ...diskQueue },
      batch: { delayMs: 20, timeoutMs: 1_000, ...batch },
    };
    return processes.programs.start(
      `import { flush, init, shutdown, startSession, withSpan } from '@agentops/node';
       const client = init({ serviceName: 'queueing', telemetry: ${JSON.stringify(telemetry)} });
       const tenant = name => startSession({ name, isolated: { exporters: [
         { type: 'otlp', endpoint: ${JSON.stringify(processes.collector.url)}, headers: { 'x-key': name } },
       ] } });
       ${HELPERS}
       ${source}`,
    );
  };

  const files = async () =>
    (await readdir(processes.folder, { recursive: true, withFileTypes: true }))
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .sort();

  return {
    get collector() {
      return processes.collector;
    },
    get folder() {
      return processes.folder;
    },
    run,
    files,
    entries: () => readdir(processes.folder, { recursive: true }),
    names: () => processes.collector.spans.map(({ name }) => name).sort(),
    deliverRest: async settings => {
      const child = await run(
        `setInterval(async () => {
          const { pending, dropped, delivered } = await flush();
          if (!pending && delivered) console.log('report ' + JSON.stringify(dropped));
        }, 20);`,
        settings,
      );
      const report = (await child.line(/^report/)).slice('report'.length);
      await waitFor(async () => expect(await files()).toEqual([]));
      child.kill('SIGTERM');
      const { stderr } = await child.ended;
      return { dropped: JSON.parse(report) as Record<string, number>, stderr };
    },
  };
}
