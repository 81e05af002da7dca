import { init, shutdown, type AgentOps } from '@agentops/node';
import { afterEach, beforeEach, vi } from 'vitest';
import { startMetricsCollector, type MetricsCollector } from './node-metrics-collector.js';

type Options = NonNullable<Parameters<typeof init>[0]>;

export type MetricsSettings = NonNullable<NonNullable<Options['telemetry']>['metrics']>;

/** What a model call's span has on it. */
export const CALL = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.response.model': 'gpt-4o-2024',
  'gen_ai.usage.input_tokens': 100,
  'gen_ai.usage.output_tokens': 20,
  'server.address': 'api.openai.com',
};

export interface MetricsSetup {
  /** New for each test, as are the warnings. */
  readonly collector: MetricsCollector;
  readonly warnings: readonly string[];
  /** A client whose one backend is the collector. */
  start(settings?: MetricsSettings, options?: Options): AgentOps;
}

/** What tests of metrics stand on; the client ends with the test. */
export function useMetrics(): MetricsSetup {
  let collector: MetricsCollector;
  const warnings = useWarnings();
  beforeEach(async () => {
    collector = await startMetricsCollector();
  });
  afterEach(async () => {
    await shutdown({ timeoutMs: 500 });
    await collector.close();
  });
  return {
    get collector() {
      return collector;
    },
    warnings,
    start: (settings = {}, options = {}) =>
      init({
        serviceName: 'planner',
        endpoint: collector.url,
        ...options,
        telemetry: { ...options.telemetry, metrics: settings },
      }),
  };
}

/** What is said on the console during each test. */
export function useWarnings(): readonly string[] {
  const warnings: string[] = [];
  beforeEach(() => {
    warnings.length = 0;
    vi.spyOn(console, 'warn').mockImplementation((...parts) => void warnings.push(parts.join(' ')));
  });
  afterEach(() => vi.restoreAllMocks());
  return warnings;
}
