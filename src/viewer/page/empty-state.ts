import { createCopyButton } from './copy-button.js';
import { h } from './dom.js';

/** What to do first: shown until the first trace arrives. */
export function createEmptyState(endpoint: string): HTMLElement {
  return h(
    'div',
    { class: 'empty' },
    h('div', { class: 'radar' }, h('i'), h('i'), h('i')),
    h('h1', {}, 'Waiting for the first trace'),
    h('p', {}, 'Listening for OpenTelemetry on ', h('code', {}, `${endpoint}/v1/traces`)),
    createStep(
      'An agent service in Node.js',
      `import { init } from '@agentops/node'\n\ninit({ serviceName: 'planner', endpoint: '${endpoint}' })`,
    ),
    createStep(
      'A page',
      `import { init } from '@agentops/web/manual'\n\ninit({ serviceName: 'web', endpoint: '${endpoint}' })`,
    ),
    createStep(
      'Anything else with OpenTelemetry',
      `OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}\nOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
    ),
  );
}

/** The open trace was evicted or cleared, or the link is older than the viewer. */
export function createMissingState(): HTMLElement {
  return h(
    'div',
    { class: 'empty' },
    h('h1', {}, 'This trace is not here'),
    h('p', {}, 'The viewer keeps traces in memory: it was restarted, cleared, or made room for newer ones.'),
  );
}

function createStep(title: string, code: string): HTMLElement {
  return h(
    'div',
    { class: 'step' },
    h('h2', {}, title),
    h('pre', {}, h('code', {}, code), createCopyButton(code, 'Copy')),
  );
}
