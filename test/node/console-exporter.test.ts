import { flush, init, shutdown, withSpan } from '@agentops/node';
import { ROOT_CONTEXT, trace, type Span } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useProcesses } from '../support/node-processes.js';

let printed: string[];

beforeEach(() => {
  printed = [];
  vi.spyOn(console, 'log').mockImplementation(text => void printed.push(String(text)));
  init({ telemetry: { exporters: ['console'], batch: { delayMs: 60_000 } } });
});

afterEach(async () => {
  await shutdown();
  vi.restoreAllMocks();
});

/** Without the durations, which are what they are. */
const shown = () =>
  printed.map(text =>
    text
      .replaceAll(/\d+\.\d ms/g, 'ms')
      .split('\n')
      .slice(1),
  );

describe('the console', () => {
  it('shows a trace as a tree, in the order in which its spans started', async () => {
    await withSpan('ask', async () => {
      await withSpan('plan', async () => withSpan('think', () => {}));
      await withSpan('search', async () => Promise.reject(new Error('no net'))).catch(() => {});
    });
    await flush();
    expect(shown()).toEqual([['└─ ask  ms', '   ├─ plan  ms', '   │  └─ think  ms', '   └─ search  ms  ERROR no net']]);
    expect(printed[0]).toMatch(/^trace [\da-f]{32}\n/);
  });

  it('shows each trace by itself', async () => {
    withSpan('one', () => {});
    withSpan('two', () => {});
    await flush();
    expect(shown()).toEqual([['└─ one  ms'], ['└─ two  ms']]);
  });

  it('shows what has ended of a trace that is still open, when it is flushed', async () => {
    await withSpan('open', async () => {
      withSpan('done', () => {});
      await flush();
      expect(shown()).toEqual([['└─ done  ms']]);
    });
  });

  it('shows a chain of thousands', async () => {
    const tracer = trace.getTracer('of the test');
    const chain = [tracer.startSpan('first')];
    for (let depth = 1; depth < 5_000; depth++)
      chain.push(tracer.startSpan('next', {}, trace.setSpan(ROOT_CONTEXT, chain[depth - 1] as Span)));
    for (const span of chain.reverse()) span.end();
    await flush();
    expect(shown().map(lines => lines.length)).toEqual([5_000]);
  });
});

describe('a process', () => {
  const processes = useProcesses();

  it('that ends at once has shown its traces', async () => {
    const { ended } = await processes.programs.start(`import { init, withSpan } from '@agentops/node';
      init({ telemetry: { exporters: ['console'] } });
      withSpan('work', () => {});
      process.exit(3);`);
    expect(await ended).toMatchObject({ code: 3, stdout: expect.stringMatching(/^trace .*\n└─ work/), stderr: '' });
  });
});
