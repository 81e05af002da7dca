import { afterEach, beforeEach, describe, expect, it } from '#runner';
import { init, isAgentOpsError, shutdown, withSpan, type AgentOps } from '@agentops/web/manual';
import { trace } from '@opentelemetry/api';
import { createBackend, isFor, plainFetch } from '../support/browser-collector.js';

const NAMES = ['open', 'setRequestHeader', 'send'] as const;
const warnings: string[] = [];
const { warn } = console;

beforeEach(() => {
  warnings.length = 0;
  console.warn = (...parts: unknown[]) => void warnings.push(parts.map(String).join(' '));
});

afterEach(async () => {
  await shutdown();
  console.warn = warn;
});

function natives() {
  return [globalThis.fetch, ...NAMES.map(name => XMLHttpRequest.prototype[name])];
}

function optionsFor(endpoint: string) {
  return { endpoint, telemetry: { batch: { delayMs: 20 } } };
}

describe('init', () => {
  it('has no effect before it is called', () => {
    expect(globalThis.fetch.toString()).toContain('[native code]');
    expect(Object.getOwnPropertySymbols(globalThis.fetch)).toEqual([]);
  });

  it('throws an AgentOpsError that names the path of the wrong value, and starts nothing', () => {
    const before = natives();
    let thrown: unknown;
    try {
      init({ telemetry: { batch: { maxQueueSize: 0 } } });
    } catch (error) {
      thrown = error;
    }
    expect(isAgentOpsError(thrown) && [thrown.code, thrown.path]).toEqual([
      'invalid-config',
      'telemetry.batch.maxQueueSize',
    ]);
    expect(natives()).toEqual(before);
    expect(globalThis.fetch.toString()).toContain('[native code]');
  });

  it('warns when called again, and returns the client that runs', () => {
    const client = init({ serviceName: 'first' });
    expect(init({ serviceName: 'second' })).toBe(client);
    expect(client.serviceName).toBe('first');
    expect(warnings.filter(text => text.includes('init() was called again')).length).toBe(1);
  });

  it('keeps name, length and descriptor of what it patches', () => {
    const before = natives().map(fn => [fn.name, fn.length]);
    const descriptor = { ...Object.getOwnPropertyDescriptor(globalThis, 'fetch'), value: undefined };
    init();
    expect(globalThis.fetch.toString()).not.toContain('[native code]');
    expect(natives().map(fn => [fn.name, fn.length])).toEqual(before);
    expect({ ...Object.getOwnPropertyDescriptor(globalThis, 'fetch'), value: undefined }).toEqual(descriptor);
  });
});

describe('shutdown', () => {
  it('puts back the very functions that were there', async () => {
    const before = natives();
    init();
    expect(natives().some((fn, index) => fn === before[index])).toBe(false);
    await shutdown();
    natives().forEach((fn, index) => expect(fn).toBe(before[index]));
  });

  it('makes way for another init(), which exports and takes plain OpenTelemetry spans', async () => {
    const [first, second] = [createBackend(), createBackend()];
    init(optionsFor(first.path('')));
    await shutdown();
    init(optionsFor(second.path('')));
    expect(warnings).toEqual([]);
    trace.getTracer('app').startSpan('plain').end();
    await fetch(second.path('echo'));
    await second.span('plain');
    await second.span(isFor(second.path('echo')));
    const [request] = await second.requests(1);
    expect(request?.headers['traceparent']?.length).toBe(55);
  });

  it('says what was delivered', async () => {
    const backend = createBackend();
    init(optionsFor(backend.path('')));
    withSpan('work', () => {});
    const { delivered, pending, dropped } = await shutdown();
    expect([pending, dropped]).toEqual([0, {}]);
    expect(delivered).toBe((await backend.spans(() => true, delivered)).length);
    expect(delivered > 0).toBe(true);
  });

  it('leaves a wrapper that somebody put on top, and passes calls through it', async () => {
    const native = globalThis.fetch;
    const backend = createBackend();
    init(optionsFor(backend.path('')));
    const ours = globalThis.fetch;
    let calls = 0;
    const theirs: typeof fetch = (...args) => {
      // Exports come through as well.
      if (!urlOf(args[0]).includes('/v1/traces')) calls++;
      return ours(...args);
    };
    globalThis.fetch = theirs;
    try {
      await shutdown();
      expect(globalThis.fetch).toBe(theirs);
      await fetch(backend.path('echo?first'));
      init(optionsFor(backend.path('')));
      await fetch(backend.path('status/202'));
      await backend.span(isFor(backend.path('status/202')));
      await shutdown();
      expect(calls).toBe(2);
      const [first, second] = await backend.requests(2);
      expect(first?.headers['traceparent']).toBe(undefined);
      expect(second?.headers['traceparent']?.split(',').length).toBe(1);
      expect((await backend.spans(isFor(backend.path('echo')), 0)).length).toBe(0);
    } finally {
      globalThis.fetch = native;
    }
  });

  it('lets a request under way finish', async () => {
    const backend = createBackend();
    init(optionsFor(backend.path('')));
    const response = fetch(backend.path('slow?ms=100'));
    await shutdown();
    expect(await (await response).json()).toEqual({ ok: true });
  });
});

describe('a second copy of the library', () => {
  it('leaves the patches of the first as they are', async () => {
    const backend = createBackend();
    init(optionsFor(backend.path('')));
    const patched = natives();
    await loadScript('/browser/dist/agentops.min.js');
    const { AgentOps: copy } = globalThis as unknown as { AgentOps: AgentOps };
    natives().forEach((fn, index) => expect(fn).toBe(patched[index]));
    // Its functions are for the client that runs.
    copy.withSpan('from the other copy', () => void fetch(backend.path('echo')));
    const parent = await backend.span('from the other copy');
    expect((await backend.span(isFor(backend.path('echo')))).parentSpanId).toBe(parent.spanId);
    const [request] = await backend.requests(1);
    expect(request?.headers['traceparent']?.split(',').length).toBe(1);
  });
});

async function loadScript(src: string): Promise<void> {
  expect((await plainFetch(src)).ok).toBe(true);
  const script = document.createElement('script');
  await new Promise((resolve, reject) => {
    script.addEventListener('load', resolve);
    script.addEventListener('error', reject);
    script.src = src;
    document.head.append(script);
  });
}

function urlOf(input: RequestInfo | URL): string {
  return input instanceof Request ? input.url : String(input);
}
