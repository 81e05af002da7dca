import { rate } from '@agentops/shared/config/validate';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace-node';
import { beyond, checked, kind, made, object, type Part, said } from './parts.js';

const NO_SUCH = 'there is no such sampler here';

/** Of samplers in samplers, too. */
export const sampler: Part<Sampler> = place =>
  kind<Sampler>({
    always_on: made(object({}), () => new AlwaysOnSampler()),
    always_off: made(object({}), () => new AlwaysOffSampler()),
    trace_id_ratio_based: made(
      object({ ratio: checked<number>(rate) }),
      ({ ratio = 1 }) => new TraceIdRatioBasedSampler(ratio),
    ),
    parent_based: made(
      object({
        root: sampler,
        remote_parent_sampled: sampler,
        remote_parent_not_sampled: sampler,
        local_parent_sampled: sampler,
        local_parent_not_sampled: sampler,
      }),
      ({ root = new AlwaysOnSampler(), ...others }) =>
        new ParentBasedSampler({
          root,
          ...said({
            remoteParentSampled: others.remote_parent_sampled,
            remoteParentNotSampled: others.remote_parent_not_sampled,
            localParentSampled: others.local_parent_sampled,
            localParentNotSampled: others.local_parent_not_sampled,
          }),
        }),
    ),
    'probability/development': beyond(NO_SUCH),
    'composite/development': beyond(NO_SUCH),
    'jaeger_remote/development': beyond(NO_SUCH),
  })(place);
