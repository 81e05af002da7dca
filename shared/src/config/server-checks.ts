import { exporterCheck } from './exporter-checks.js';
import { externalProvider } from './external-check.js';
import { instance } from './pipeline-checks.js';
import { metricsCheck } from './metrics-checks.js';
import { samplingChecks } from './sampling-checks.js';
import { allOrSome, count, isObject, list, matcher, must, object, oneOf, text, type ServerChecks } from './validate.js';

const plugin = must('be an object with a name', value => isObject(value) && typeof value['name'] === 'string');

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
  useExternalOtel: externalProvider,
  metrics: metricsCheck(),
  sampling: samplingChecks,
  exporter: exporterCheck({}),
  telemetry: {
    resourceDetectors: list(instance('ResourceDetector', 'detect')),
    processors: list(instance('SpanProcessor', 'onEnd')),
    plugins: list(plugin),
  },
};
