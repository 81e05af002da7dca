import { extractContext, init, injectContext, shutdown, withContext, withSpan } from '@agentops/node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const IDS = '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331';

let warnings: string[];

beforeEach(() => {
  warnings = [];
  vi.spyOn(console, 'warn').mockImplementation((...parts) => void warnings.push(parts.join(' ')));
  for (const name of Object.keys(process.env)) if (/^(OTEL|AGENTOPS)_/.test(name)) vi.stubEnv(name, undefined);
});

afterEach(async () => {
  await shutdown();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Whether a span is sampled, told to the next service, that starts under `headers`. */
function isSampled([name, argument]: [string, string], headers: Record<string, string> = {}): boolean {
  vi.stubEnv('OTEL_TRACES_SAMPLER', name);
  vi.stubEnv('OTEL_TRACES_SAMPLER_ARG', argument);
  init();
  const { traceparent = '' } = withContext(extractContext(headers), () => withSpan('span', () => injectContext()));
  return (Number.parseInt(traceparent.slice(-2), 16) & 1) === 1;
}

const denied = { traceparent: `00-${IDS}-00` };
const accepted = { traceparent: `00-${IDS}-01` };

describe('OTEL_TRACES_SAMPLER', () => {
  it.each<[string, string, Record<string, string>, boolean]>([
    ['', '', {}, true],
    ['', '', denied, false],
    ['always_on', '', denied, true],
    ['always_off', '', accepted, false],
    ['traceidratio', '0', accepted, false],
    ['traceidratio', '1', denied, true],
    ['traceidratio', '', {}, true],
    ['parentbased_always_on', '', {}, true],
    ['parentbased_always_on', '', denied, false],
    ['parentbased_always_off', '', {}, false],
    ['parentbased_always_off', '', accepted, true],
    ['parentbased_always_off', '', { b3: `${IDS}-d` }, true],
    ['parentbased_always_off', '', { b3: '1' }, true],
    ['parentbased_always_off', '', { b3: IDS }, false],
    ['parentbased_traceidratio', '0', {}, false],
    ['parentbased_traceidratio', '0', accepted, true],
  ])('%s with %j under %j: %s', (name, argument, headers, expected) => {
    expect(isSampled([name, argument], headers)).toBe(expected);
    expect(warnings).toEqual([]);
  });

  it.each(['7', '-1', 'x'])('takes all where its ratio is %s, with a warning', argument => {
    expect(isSampled(['traceidratio', argument])).toBe(true);
    expect(warnings.length).toBeLessThanOrEqual(1);
  });

  it.each(['constructor', 'parentbased_', 'parentbased_jaeger_remote'])('is left out as %s, with a warning', name => {
    expect(isSampled([name, '0'])).toBe(true);
    // A warning is given once for each fault, and these are one.
    expect(warnings.length).toBeLessThanOrEqual(1);
  });
});
