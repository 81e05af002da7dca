import { diagnostics } from '@agentops/shared';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace-node';

type Environment = Readonly<Record<string, string | undefined>>;

const ROOTS: Record<string, (ratio: number) => Sampler> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: ratio => new TraceIdRatioBasedSampler(ratio),
};

/** `OTEL_TRACES_SAMPLER` and `_ARG`. OpenTelemetry reads them too, but keeps the sampler to itself, and ours has to stand around it. */
export function samplerFromEnvironment(environment: Environment): Sampler | undefined {
  const name = environment['OTEL_TRACES_SAMPLER'];
  if (!name) return undefined;
  const [, parentBased, root = ''] = /^(parentbased_)?(.*)$/.exec(name) ?? [];
  const create = Object.hasOwn(ROOTS, root) ? ROOTS[root] : undefined;
  if (!create) {
    warnOf('OTEL_TRACES_SAMPLER', `"${name}" is not known`);
    return undefined;
  }
  const sampler = create(ratioOf(environment['OTEL_TRACES_SAMPLER_ARG']));
  return parentBased ? new ParentBasedSampler({ root: sampler }) : sampler;
}

/** The specification's default: all of them. */
function ratioOf(argument: string | undefined): number {
  const ratio = Number(argument || 1);
  if (ratio >= 0 && ratio <= 1) return ratio;
  warnOf('OTEL_TRACES_SAMPLER_ARG', `"${argument}" is no ratio from 0 to 1`);
  return 1;
}

function warnOf(variable: string, fault: string): void {
  diagnostics.warn(`environment:${variable}`, `${variable} ${fault} and is ignored`);
}
