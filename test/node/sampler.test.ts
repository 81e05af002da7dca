import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AlwaysOnSampler } from '@opentelemetry/sdk-trace-node';
import { describeConfig } from '@agentops/node/config';
import {
  extractContext,
  init,
  injectContext,
  shutdown,
  withContext,
  withSpan,
  type NodeInitOptions,
} from '@agentops/node';
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
function isSampled(
  [name, argument]: [string, string],
  headers: Record<string, string> = {},
  options: NodeInitOptions = {},
): boolean {
  vi.stubEnv('OTEL_TRACES_SAMPLER', name);
  vi.stubEnv('OTEL_TRACES_SAMPLER_ARG', argument);
  init(options);
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

  it.each<[string, NonNullable<NodeInitOptions['telemetry']>, string, boolean]>([
    ['goes before a rate of the file', {}, 'telemetry: { sampling: { rate: 1 } }', false],
    ['goes before rules of the file', {}, 'telemetry: { sampling: { rules: [] } }', false],
    ['goes after a rate of the code', { sampling: { rate: 1 } }, '', true],
    ['goes after rules of the code', { sampling: { rules: [] } }, '', true],
    ['goes after a sampler of the code', { sampler: new AlwaysOnSampler() }, '', true],
    ['goes with tail rules of the code', { sampling: { tail: {} } }, 'telemetry: { sampling: { rate: 1 } }', false],
  ])('%s', (_title, telemetry, file, expected) => {
    const configFile = join(mkdtempSync(join(tmpdir(), 'agentops-sampler-')), 'agentops.yaml');
    writeFileSync(configFile, file);
    expect(isSampled(['always_off', ''], {}, { telemetry, configFile })).toBe(expected);
    rmSync(dirname(configFile), { recursive: true });
  });

  it('goes after AGENTOPS_SAMPLING_RATE', () => {
    vi.stubEnv('AGENTOPS_SAMPLING_RATE', '1');
    expect(isSampled(['always_off', ''])).toBe(true);
  });

  it('is shown by what describes the configuration', () => {
    const { settings } = describeConfig({ configFile: false }, { OTEL_TRACES_SAMPLER: 'ParentBased_Always_Off' });
    expect(settings.find(({ path }) => path === 'telemetry.sampler')).toEqual({
      path: 'telemetry.sampler',
      value: expect.stringContaining('AlwaysOffSampler') as string,
      source: 'env OTEL_TRACES_SAMPLER',
    });
  });

  it.each(['constructor', 'parentbased_', 'parentbased_jaeger_remote'])('is left out as %s, with a warning', name => {
    expect(isSampled([name, '0'])).toBe(true);
    // A warning is given once for each fault, and these are one.
    expect(warnings.length).toBeLessThanOrEqual(1);
  });
});
