import { metricsCheck } from './metrics-checks.js';
import { samplingChecks } from './sampling-checks.js';
import { allOrSome, count, list, matcher, object, oneOf, text, type ServerChecks } from './validate.js';

export const serverChecks: ServerChecks = {
  incoming: list(
    object(
      {
        route: matcher('/public/*', /^[/*]/),
        mode: oneOf('continue', 'link', 'ignore'),
        baggage: allOrSome(text),
        maxBaggageBytes: count,
        sampling: oneOf('respect', 'ignore'),
      },
      'route',
    ),
  ),
  diskQueue: object({ folder: text, maxBytes: count }),
  metrics: metricsCheck,
  sampling: samplingChecks,
};
