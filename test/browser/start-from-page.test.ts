import { afterEach, describe, expect, it } from '#runner';
import { createBackend, isFor, parseParent } from '../support/browser-collector.js';
import { openFrame, removeFrames, servePage } from '../support/browser-frames.js';

afterEach(removeFrames);

const meta = (config: unknown) => `<meta name="agentops" content='${JSON.stringify(config)}'>`;
const global = (config: unknown) => `<script>var AGENTOPS_CONFIG = ${JSON.stringify(config)}</script>`;
const batch = { delayMs: 20 };

async function start(head: string) {
  return openFrame(await servePage({ head }));
}

describe('the bare import', () => {
  it('starts from <meta name="agentops">', async () => {
    const backend = createBackend();
    await start(meta({ endpoint: backend.path(''), serviceName: 'from-meta', telemetry: { batch } }));
    const span = await backend.span('page load');
    expect(span.resource['service.name']).toBe('from-meta');
  });

  it('starts from the attributes of a script', async () => {
    const backend = createBackend();
    await start(
      `<script data-agentops-endpoint="${backend.path('')}" data-agentops-service-name="from-script" data-agentops-service-version="2"
        data-agentops-tags='["a"]' data-agentops-telemetry='{"batch":{"delayMs":20}}' data-agentops-debug="false"></script>`,
    );
    const span = await backend.span('page load');
    expect(span.resource).toMatchObject({ 'service.name': 'from-script', 'service.version': '2' });
  });

  it('starts from AGENTOPS_CONFIG', async () => {
    const backend = createBackend();
    await start(global({ endpoint: backend.path(''), serviceName: 'from-global', telemetry: { batch } }));
    const span = await backend.span('page load');
    expect(span.resource['service.name']).toBe('from-global');
  });

  it('takes the script over the meta element over AGENTOPS_CONFIG, name by name', async () => {
    const backend = createBackend();
    await start(
      global({ serviceName: 'global', environment: 'global', serviceVersion: 'global', telemetry: { batch } }) +
        meta({ serviceName: 'meta', environment: 'meta', endpoint: backend.path('') }) +
        '<script data-agentops-service-name="script"></script>',
    );
    const span = await backend.span('page load');
    expect(span.resource).toMatchObject({
      'service.name': 'script',
      'deployment.environment.name': 'meta',
      'service.version': 'global',
    });
  });

  it('has a session and tells the own origin of it, and exports nothing, without a configuration', async () => {
    const backend = createBackend();
    const { window, warnings } = await start('');
    const { agentops } = window;
    await window.fetch(backend.path('echo'));
    const [request] = await backend.requests(1);
    expect(request?.headers['baggage']).toBe(`session.id=${agentops.getSession()?.id}`);
    expect(parseParent(request?.headers['traceparent']).traceId).toMatch(/^[\da-f]{32}$/);
    expect(await agentops.flush()).toEqual({ delivered: 0, pending: 0, dropped: {} });
    expect(warnings).toEqual([]);
    expect(await backend.deliveries()).toEqual([]);
  });

  it.each([
    ['an option that is none', meta({ endpont: '/x' }), 'endpont'],
    ['a wrong value inside', meta({ telemetry: { batch: { delayMs: 0 } } }), 'telemetry.batch.delayMs'],
    ['a list', meta([]), 'options'],
    ['null', meta(null), 'options'],
    ['a text in AGENTOPS_CONFIG', global('/otlp'), 'options'],
    ['a wrong attribute', '<script data-agentops-endpoint="otlp"></script>', 'endpoint'],
    ['an exporter without endpoint', meta({ telemetry: { exporters: ['otlp'] } }), 'telemetry.exporters[0].endpoint'],
  ])('warns once, naming the path, and goes on with the defaults: %s', async (_title, head, path) => {
    const backend = createBackend();
    const { window, warnings } = await start(head);
    expect(warnings.length).toBe(1);
    expect(warnings[0]).toContain(`  ${path}: `);
    await window.fetch(backend.path('echo'));
    const [request] = await backend.requests(1);
    expect(request?.headers['traceparent']).toBeTruthy();
    expect(request?.headers['baggage']).toContain('session.id=');
    expect(window.failures).toEqual([]);
  });

  it('warns of a meta element that is no JSON, and goes on', async () => {
    const { warnings, window } = await start('<meta name="agentops" content="{endpoint}">');
    expect(warnings.length).toBe(1);
    expect(warnings[0]).toContain('<meta name="agentops"> as JSON failed');
    expect(window.agentops.getSession()).toBeTruthy();
  });

  it('warns of an init() that follows, which returns the client that runs', async () => {
    const backend = createBackend();
    const { window, warnings } = await start(meta({ endpoint: backend.path(''), telemetry: { batch } }));
    const again = window.agentops.init({ serviceName: 'other' });
    expect(again.serviceName).toBe('web');
    expect(window.agentops.init()).toBe(again);
    expect(warnings.length).toBe(1);
    await window.fetch(backend.path('echo'));
    await backend.span(isFor(backend.path('echo')));
  });
});
