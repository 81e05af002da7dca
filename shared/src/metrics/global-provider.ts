import { metrics, type MeterProvider } from '@opentelemetry/api';
import { registry } from '../telemetry/globals.js';

/** The provider that the app, or another library, has registered. */
export function foreignProvider(): MeterProvider | undefined {
  return registry()['metrics'] as MeterProvider | undefined;
}

/** Registers `provider` where there is none; returns how to give the place back, if it is still ours. */
export function registerMeterProvider(provider: MeterProvider): () => void {
  if (foreignProvider() || !metrics.setGlobalMeterProvider(provider)) return () => {};
  return () => {
    if (registry()['metrics'] === provider) metrics.disable();
  };
}
