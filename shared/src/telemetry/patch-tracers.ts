import type { Tracer, TracerProvider } from '@opentelemetry/api';

/** Has `patch` change every tracer of `provider` once, before anybody is given it. */
export function patchTracers<T extends TracerProvider>(
  provider: T,
  patch: (tracer: Tracer, scope: Parameters<TracerProvider['getTracer']>) => void,
): T {
  const getTracer = provider.getTracer.bind(provider);
  const seen = new WeakSet<Tracer>();
  provider.getTracer = (...scope) => {
    const tracer = getTracer(...scope);
    if (!seen.has(tracer)) {
      seen.add(tracer);
      patch(tracer, scope);
    }
    return tracer;
  };
  return provider;
}
