import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPrograms, type Child, type Programs } from '../support/node-child.js';
import { startCollector, type Collector } from '../support/node-collector.js';
import { waitFor } from '../support/node-spans.js';

/** What `signal-exit` does, on which dozens of command-line libraries stand: who is alone with the signal ends the process. */
const COUNTING_LIBRARY = `
const listener = signal => {
  if (process.listeners(signal).length > 1) return;
  process.off(signal, listener);
  console.log('cleaned up');
  process.kill(process.pid, signal);
};
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, listener);
`;

const INIT = `import { init, withSpan } from '@agentops/node';
init({ serviceName: 'child', endpoint: process.env.COLLECTOR, telemetry: { batch: { delayMs: 60_000 } } });
withSpan('work', () => {});
setInterval(() => {}, 1_000);
`;

let programs: Programs;
let collector: Collector;
let child: Child;

beforeAll(async () => {
  programs = await createPrograms();
});
afterAll(() => programs.remove());

beforeEach(async () => {
  collector = await startCollector();
});
afterEach(async () => {
  child.kill('SIGKILL');
  await collector.close();
});

async function start(source: string): Promise<void> {
  child = await programs.start(`${source}\nconsole.log('ready');`, { env: { COLLECTOR: collector.url } });
  await child.printed('ready');
}

describe('a library that counts the listeners of a signal', () => {
  it.each([
    ['SIGTERM', 'before', `${COUNTING_LIBRARY}${INIT}`],
    ['SIGTERM', 'after', `${INIT}${COUNTING_LIBRARY}`],
    ['SIGINT', 'after', `${INIT}${COUNTING_LIBRARY}`],
  ] as const)('ends the process by %s as it does without us, when it listens %s init()', async (signal, _, source) => {
    await start(source);
    child.kill(signal);
    expect(await child.ended).toMatchObject({ code: null, signal, stdout: expect.stringContaining('cleaned up') });
  });
});

describe('a signal the app handles without ending', () => {
  it('delivers what there is, each time', async () => {
    await start(`${INIT}
      let count = 0;
      process.on('SIGTERM', () => {
        withSpan('signal ' + ++count, () => {});
        console.log('signal ' + count);
      });`);
    for (const signal of ['signal 1', 'signal 2', 'signal 3']) {
      child.kill('SIGTERM');
      await child.printed(signal);
    }
    await waitFor(() =>
      expect(collector.spans.map(span => span.name)).toEqual(expect.arrayContaining(['work', 'signal 1', 'signal 2'])),
    );
  });
});
