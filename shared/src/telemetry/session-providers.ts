import { context, type Context } from '@opentelemetry/api';
import type { Sampler } from '@opentelemetry/sdk-trace-base';
import type { MetricsPipeline, Platform, SdkTracerProvider } from '../platform.js';
import type { IsolatedOptions } from '../session/isolated-options.js';
import { patchTracers } from './patch-tracers.js';
import type { ProviderConfig } from './provider-config.js';
import { samplerOfProvider } from './provider-sampler.js';
import type { Routes } from './routes.js';
import type { SamplingParts } from './sampling.js';
import type { SamplingOptions } from './sampling-options.js';

export type CreateProvider = (config: ProviderConfig) => SdkTracerProvider;

/** The platform's way to make a provider, with one more for each isolated session; `undefined` where there are none. */
export type WithSessionProviders = (
  platform: Pick<Platform, 'createTracerProvider' | 'createSampling'>,
  parts: SamplingParts & { readonly routes: Routes; readonly metrics: readonly MetricsPipeline[] },
) => CreateProvider | undefined;

/**
 * Spans that start in an isolated session are made by a provider of that session's own, whoever's tracer is asked for them: with the resource and the
 * sampler of the session, and the same processors, which know where its spans go.
 */
export const withSessionProviders: WithSessionProviders = (platform, parts) => {
  const { routes, sessions } = parts;
  if (!routes.isolatedOptions) return undefined;
  return config => {
    const made = new WeakMap<IsolatedOptions, SdkTracerProvider>();
    const create = (own: IsolatedOptions) => {
      const provider = platform.createTracerProvider({
        ...config,
        resource: { ...config.resource, ...own.resourceAttributes },
        sampler: samplerOf(own, platform, parts) ?? config.sampler,
      });
      made.set(own, provider);
      return provider;
    };
    const ownProvider = (ctx: Context) => {
      const own = routes.isolatedOptions?.(ctx, sessions);
      return own && (made.get(own) ?? create(own));
    };
    return patchTracers(platform.createTracerProvider(config), (tracer, scope) => {
      const startSpan = tracer.startSpan.bind(tracer);
      tracer.startSpan = (name, options, ctx = context.active()) => {
        const own = ownProvider(ctx)?.getTracer(...scope);
        return own ? own.startSpan(name, options, ctx) : startSpan(name, options, ctx);
      };
    });
  };
};

/** Which traces are held is the business of the whole process: `tail` is not asked for here. */
function samplerOf(own: IsolatedOptions, ...[platform, parts]: Parameters<WithSessionProviders>): Sampler | undefined {
  if (!own.sampler && !own.sampling) return undefined;
  const { tail: _, ...sampling }: SamplingOptions = own.sampling ?? {};
  return samplerOfProvider(platform.createSampling({ ...own, sampling }, parts).sampler, parts.metrics);
}
