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

export const SAMPLER = 'OTEL_TRACES_SAMPLER';

/**
 * `OTEL_TRACES_SAMPLER` and `_ARG`. OpenTelemetry reads them too, but keeps the sampler to itself, and ours has to stand around it.
 * @param warnings gets what is ignored
 */
export function readSampler(environment: Environment, warnings: string[]): Sampler | undefined {
  const name = environment[SAMPLER]?.trim().toLowerCase();
  if (!name) return undefined;
  const [, parentBased, root = ''] = /^(parentbased_)?(.*)$/.exec(name) ?? [];
  const create = Object.hasOwn(ROOTS, root) ? ROOTS[root] : undefined;
  if (!create) {
    warnings.push(`${SAMPLER} "${name}" is not known; it is ignored`);
    return undefined;
  }
  const sampler = create(ratioOf(environment[`${SAMPLER}_ARG`], warnings));
  return parentBased ? new ParentBasedSampler({ root: sampler }) : sampler;
}

/** The specification's default: all of them. */
function ratioOf(argument: string | undefined, warnings: string[]): number {
  const ratio = Number(argument || 1);
  if (ratio >= 0 && ratio <= 1) return ratio;
  warnings.push(`${SAMPLER}_ARG "${argument}" is no ratio from 0 to 1; it is ignored`);
  return 1;
}
