import { isObject, oneOf, type Check } from '@agentops/shared/config/validate';

const protocol = oneOf('http/json');
const NODE_ONLY = ['compression', 'tls', 'insecure', 'histogramAggregation'];

/** Of `telemetry.metrics`: what a page cannot do. The rest is checked with `pipelines.ts`. */
export const pageMetricsCheck: Check = (value, path) => {
  if (!isObject(value)) return [];
  const wrong = NODE_ONLY.filter(name => name in value);
  return [
    ...wrong.map(name => ({ path: `${path}.${name}`, message: 'is no option in a page' })),
    ...('protocol' in value ? protocol(value['protocol'], `${path}.protocol`) : []),
  ];
};
