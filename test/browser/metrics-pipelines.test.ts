import '@agentops/web/pipelines';
import '@agentops/web/metrics';
import { afterEach, describe, expect, it } from '#runner';
import { init, isAgentOpsError, shutdown, type InitOptions } from '@agentops/web/manual';
import { createBackend } from '../support/browser-collector.js';

afterEach(() => shutdown({ timeoutMs: 50 }));

/** What is said of `telemetry.metrics`. */
function issuesOf(metrics: unknown): string[] {
  try {
    init({ endpoint: createBackend().path(''), telemetry: { metrics } } as InitOptions);
    return [];
  } catch (error) {
    return isAgentOpsError(error) ? error.issues.map(({ path, message }) => `${path}: ${message}`) : [String(error)];
  }
}

describe('metrics of a page with pipelines', () => {
  it.each(['http/protobuf', 'grpc'])('have no protocol %s, which a page cannot speak', protocol => {
    expect(issuesOf({ protocol })).toEqual(['telemetry.metrics.protocol: must be one of "http/json", got string']);
  });

  it.each<[string, unknown]>([
    ['compression', 'gzip'],
    ['tls', { ca: '/ca.pem' }],
    ['insecure', true],
    ['histogramAggregation', 'explicit_bucket_histogram'],
  ])('have no %s, which is for Node', (name, value) => {
    expect(issuesOf({ [name]: value })).toEqual([`telemetry.metrics.${name}: is no option in a page`]);
  });

  it.each<[unknown, string]>([
    [{ intervalMs: 0 }, 'telemetry.metrics.intervalMs: must be'],
    [5, 'telemetry.metrics: must be true, false or an object'],
  ])('have everything else checked as on a server: %o', (metrics, message) => {
    expect(issuesOf(metrics)).toEqual([expect.stringContaining(message)]);
  });

  it('have all that is wrong said at once', () => {
    const issues = issuesOf({ protocol: 'grpc', views: [{ instrument: 'a*b*' }] });
    expect(issues.map(issue => issue.split(':')[0])).toEqual([
      'telemetry.metrics.protocol',
      'telemetry.metrics.views[0].instrument',
    ]);
  });

  it.each([{ protocol: 'http/json' }, true, false, {}])('may be %o', metrics => {
    expect(issuesOf(metrics)).toEqual([]);
  });
});
