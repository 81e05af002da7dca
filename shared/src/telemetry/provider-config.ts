import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import type { Sampler, SpanProcessor, TracerConfig } from '@opentelemetry/sdk-trace-base';
import type { ResourceAttributes } from './detectors.js';

/** What a tracer provider is made of. */
export interface ProviderConfig {
  readonly resource: ResourceAttributes;
  readonly sampler: Sampler;
  readonly spanProcessors: SpanProcessor[];
}

/** For a provider of OpenTelemetry's SDK. Apart from its type, so that who works with another's provider needs nothing of the SDK. */
export function toSdkConfig({ resource, ...rest }: ProviderConfig): TracerConfig {
  return { ...rest, resource: defaultResource().merge(resourceFromAttributes(resource)) };
}
