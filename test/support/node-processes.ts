import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createPrograms, type Programs } from './node-child.js';
import { startCollector, type Collector } from './node-collector.js';

export interface Processes {
  /** One for all tests of the file. */
  readonly programs: Programs;
  /** New for each test, as is the folder. */
  readonly collector: Collector;
  readonly folder: string;
}

/** What tests of whole processes stand on: programs to start, a collector they send to, a folder they write to. */
export function useProcesses(): Processes {
  const current = {} as { -readonly [K in keyof Processes]: Processes[K] };
  beforeAll(async () => {
    current.programs = await createPrograms();
  });
  afterAll(() => current.programs.remove());

  beforeEach(async () => {
    current.collector = await startCollector();
    current.folder = await mkdtemp(join(tmpdir(), 'agentops-test-'));
  });
  afterEach(async () => {
    await current.collector.close();
    await rm(current.folder, { recursive: true });
  });
  return current;
}
