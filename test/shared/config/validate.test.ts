import { describe, it, expect } from '#runner';
import { AgentOpsError, isAgentOpsError } from '@agentops/shared';
import { serverChecks } from '@agentops/shared/config/server-checks';
import { validate } from '@agentops/shared/config/validate';

function errorOf(options: unknown): AgentOpsError {
  try {
    validate(options, serverChecks);
  } catch (error) {
    if (isAgentOpsError(error)) return error;
    throw error;
  }
  throw new Error('nothing was wrong');
}

const exporter = { export() {}, shutdown: () => Promise.resolve() };

describe('options', () => {
  it.each<[string, object]>([
    ['none', {}],
    ['undefined ones', { serviceName: undefined, telemetry: undefined, propagateTo: undefined }],
    [
      'all of them',
      {
        serviceName: 'a',
        serviceVersion: '1',
        environment: 'test',
        resourceAttributes: { a: 'x', b: 1, c: true, d: ['x'], e: undefined },
        endpoint: 'http://127.0.0.1:4318',
        headers: { authorization: 'Bearer x' },
        tags: ['a'],
        autoStartSession: false,
        propagateTo: ['https://*.example.com', /x/, () => true],
        debug: true,
        session: { idleTimeoutMs: 1, maxDurationMs: 1.5, crossTab: true },
        telemetry: {
          exporters: [
            'otlp',
            'console',
            { type: 'console' },
            { type: 'otlp', endpoint: '/otlp', headers: {}, protocol: 'http/json' },
            { type: 'otlp', url: 'https://a.test/traces?key=1' },
            exporter,
          ],
          context: {
            propagation: ['w3c', 'b3', 'none'],
            baggageAttributes: ['tenant'],
            outgoing: [
              { to: 'https://api.example.com', headers: ['traceparent', 'x-b3-*'], baggage: ['tenant.*'] },
              { to: ['https://a.test', /b/, () => true], headers: false, baggage: true },
            ],
            incoming: [
              { route: '/public/*', mode: 'link', baggage: ['tenant.*'], maxBaggageBytes: 512, sampling: 'ignore' },
              { route: /x/, mode: 'ignore', baggage: false, sampling: 'respect' },
              { route: () => true, mode: 'continue' },
              { route: '*' },
            ],
          },
          batch: { maxQueueSize: 1, maxBatchSize: 1, delayMs: 1, timeoutMs: 1 },
        },
      },
    ],
    ['nobody to propagate to', { propagateTo: false }],
    ['a path as endpoint', { endpoint: '/otlp' }],
  ])('are right: %s', (_title, options) => {
    expect(() => validate(options, serverChecks)).not.toThrow();
  });

  it.each<[object, string, string]>([
    [{ serviceName: '' }, 'serviceName', 'must be a text that is not empty, got string'],
    [{ serviceName: 5 }, 'serviceName', 'must be a text that is not empty, got 5'],
    [{ serviceVersion: null }, 'serviceVersion', 'must be a text that is not empty, got null'],
    [{ environment: [] }, 'environment', 'must be a text that is not empty, got array'],
    [{ resourceAttributes: [] }, 'resourceAttributes', 'must be an object of texts'],
    [{ resourceAttributes: { a: {} } }, 'resourceAttributes', 'must be an object of texts'],
    [{ resourceAttributes: { a: [() => {}] } }, 'resourceAttributes', 'must be an object of texts'],
    [{ endpoint: 'collector:4318' }, 'endpoint', 'must be an http(s) URL such as "http://127.0.0.1:4318", or a path'],
    [{ endpoint: '//collector' }, 'endpoint', 'must be an http(s) URL'],
    [{ endpoint: 'ftp://collector' }, 'endpoint', 'must be an http(s) URL'],
    [{ endpoint: 'http://' }, 'endpoint', 'must be an http(s) URL'],
    [{ endpoint: 'javascript:alert(1)' }, 'endpoint', 'must be an http(s) URL'],
    [{ headers: { a: 1 } }, 'headers', 'must be an object of texts'],
    [{ headers: 'a: b' }, 'headers', 'must be an object of texts'],
    [{ tags: 'a' }, 'tags', 'must be an array, got string'],
    [{ tags: ['a', ''] }, 'tags[1]', 'must be a text that is not empty'],
    [{ autoStartSession: 'yes' }, 'autoStartSession', 'must be true or false, got string'],
    [{ propagateTo: true }, 'propagateTo', 'must be an array, got true'],
    [
      { propagateTo: ['*', 5] },
      'propagateTo[1]',
      'must be a text such as "https://api.example.com/*", a regular expression',
    ],
    [{ debug: 1 }, 'debug', 'must be true or false, got 1'],
    [{ session: 5 }, 'session', 'must be an object, got 5'],
    [{ session: { idleTimeoutMs: 0 } }, 'session.idleTimeoutMs', 'must be a number of milliseconds from 1, got 0'],
    [
      { session: { maxDurationMs: Number.NaN } },
      'session.maxDurationMs',
      'must be a number of milliseconds from 1, got NaN',
    ],
    [{ session: { crossTab: null } }, 'session.crossTab', 'must be true or false, got null'],
    [{ telemetry: [] }, 'telemetry', 'must be an object, got array'],
    [{ telemetry: { exporters: 'otlp' } }, 'telemetry.exporters', 'must be an array'],
    [{ telemetry: { exporters: ['zipkin'] } }, 'telemetry.exporters[0]', 'must be "otlp", "console"'],
    [{ telemetry: { exporters: [null] } }, 'telemetry.exporters[0]', 'must be "otlp", "console"'],
    [
      { telemetry: { exporters: [{ type: 'x' }] } },
      'telemetry.exporters[0].type',
      'must be one of "otlp", "console", got string',
    ],
    [
      { telemetry: { exporters: [{ type: 'otlp', endpoint: 'x' }] } },
      'telemetry.exporters[0].endpoint',
      'must be an http(s) URL',
    ],
    [
      { telemetry: { exporters: [{ type: 'otlp', url: 'a.test' }] } },
      'telemetry.exporters[0].url',
      'must be an http(s) URL',
    ],
    [
      { telemetry: { exporters: [{ endpoint: '/otlp' }] } },
      'telemetry.exporters[0].type',
      'must be one of "otlp", "console", got undefined',
    ],
    [
      { telemetry: { exporters: [{ type: 'otlp', headers: 5 }] } },
      'telemetry.exporters[0].headers',
      'must be an object of texts',
    ],
    [
      { telemetry: { exporters: [{ type: 'otlp', protocol: 'grpc' }] } },
      'telemetry.exporters[0].protocol',
      'must be one of "http/json", "http/protobuf", got string',
    ],
    [{ telemetry: { context: 'w3c' } }, 'telemetry.context', 'must be an object, got string'],
    [
      { telemetry: { context: { propagation: ['w3c', 'jaeger'] } } },
      'telemetry.context.propagation[1]',
      'must be one of "w3c", "tracecontext", "baggage", "b3", "b3multi", "none", got string',
    ],
    [
      { telemetry: { context: { baggageAttributes: [5] } } },
      'telemetry.context.baggageAttributes[0]',
      'must be a text',
    ],
    ...(
      [
        ['outgoing', 'must be an array, got true', true],
        ['outgoing[0]', 'must be an object, got string', ['https://a.test']],
        ['outgoing[0].to', 'must be a text such as "https://api.example.com/*", a regular expression', [{}]],
        ['outgoing[0].to', 'must be a text such as "https://api.example.com/*"', [{ to: '' }]],
        ['outgoing[0].to', 'must be a text such as "https://api.example.com/*"', [{ to: '/path' }]],
        ['outgoing[0].to[1]', 'must be a text such as "https://api.example.com/*"', [{ to: ['*', 5] }]],
        ['outgoing[0].headers', 'must be true, false or an array, got string', [{ to: '*', headers: 'b3' }]],
        ['outgoing[0].headers[0]', 'must be a trace header such as', [{ to: '*', headers: ['baggage'] }]],
        ['outgoing[0].headers[0]', 'must be a trace header such as', [{ to: '*', headers: ['Traceparent'] }]],
        ['outgoing[0].baggage[0]', 'must be a text that is not empty', [{ to: '*', baggage: [''] }]],
        ['outgoing[1].url', 'is no option; there are to, headers, baggage', [{ to: '*' }, { to: '*', url: '*' }]],
        ['incoming', 'must be an array, got object', { '/': 'link' }],
        ['incoming[0].route', 'must be a text such as "/public/*", a regular expression or a function', [{}]],
        ['incoming[0].route', 'must be a text such as "/public/*"', [{ route: 'public' }]],
        ['incoming[0].mode', 'must be one of "continue", "link", "ignore", got string', [{ route: '/', mode: 'drop' }]],
        ['incoming[0].baggage', 'must be true, false or an array, got null', [{ route: '/', baggage: null }]],
        ['incoming[0].maxBaggageBytes', 'must be a whole number from 1', [{ route: '/', maxBaggageBytes: 0 }]],
        ['incoming[0].sampling', 'must be one of "respect", "ignore"', [{ route: '/', sampling: true }]],
      ] as [string, string, unknown][]
    ).map<[object, string, string]>(([path, message, value]) => [
      { telemetry: { context: { [path.split('[')[0] as string]: value } } },
      `telemetry.context.${path}`,
      message,
    ]),
    [
      { telemetry: { batch: { maxQueueSize: 1.5 } } },
      'telemetry.batch.maxQueueSize',
      'must be a whole number from 1, got 1.5',
    ],
    [
      { telemetry: { batch: { maxBatchSize: 0 } } },
      'telemetry.batch.maxBatchSize',
      'must be a whole number from 1, got 0',
    ],
    [{ telemetry: { batch: { delayMs: '5' } } }, 'telemetry.batch.delayMs', 'must be a number of milliseconds from 1'],
    [
      { telemetry: { batch: { timeoutMs: Infinity } } },
      'telemetry.batch.timeoutMs',
      'must be a number of milliseconds from 1',
    ],
    [{ servicename: 'a' }, 'servicename', 'is no option; there are serviceName, '],
    [{ telemetry: { batch: { size: 1 } } }, 'telemetry.batch.size', 'is no option; there are maxQueueSize, '],
    [{ constructor: 1 }, 'constructor', 'is no option'],
    [{ toString: undefined }, 'toString', 'is no option'],
  ])('%j are wrong at %s', (options, path, message) => {
    const error = errorOf(options);
    expect(error.issues.map(issue => issue.path)).toEqual([path]);
    expect(error.issues[0]?.message).toContain(message);
    expect(error.path).toBe(path);
    expect(error.code).toBe('invalid-config');
    expect(error.message).toContain(`\n  ${path}: ${message}`);
  });

  it.each([[null], [[]], ['text'], [5], [() => {}]])('must be an object, not %s', options => {
    expect(errorOf(options).path).toBe('options');
  });

  it('of a server may be anything where nobody reads them', () => {
    const options = { telemetry: { context: { incoming: 'all' }, diskQueue: 5 } };
    expect(() => validate(options)).not.toThrow();
    expect(errorOf(options).issues.map(({ path }) => path)).toEqual([
      'telemetry.context.incoming',
      'telemetry.diskQueue',
    ]);
  });

  it('are all named that are wrong, in their order', () => {
    const wrong = { tags: 5, serviceName: '', telemetry: { batch: { delayMs: -1, nonsense: 1 } } };
    expect(errorOf(wrong).issues.map(({ path }) => path)).toEqual([
      'tags',
      'serviceName',
      'telemetry.batch.delayMs',
      'telemetry.batch.nonsense',
    ]);
  });

  it.each<[object]>([
    [{ endpoint: 'sk-secret' }],
    [{ headers: 'sk-secret' }],
    [{ headers: { authorization: ['sk-secret'] } }],
    [{ debug: 'sk-secret' }],
    [{ tags: 'sk-secret' }],
    [{ apiKeys: 'sk-secret' }],
    [{ resourceAttributes: 'sk-secret' }],
    [{ telemetry: { exporters: ['sk-secret'] } }],
    [{ telemetry: { exporters: [{ type: 'otlp', endpoint: 'sk-secret' }] } }],
  ])('do not show what is in them: case %#', options => {
    expect(errorOf(options).message).not.toContain('secret');
  });
});

describe('isAgentOpsError', () => {
  it('knows the error of another copy of the library', () => {
    const foreign = Object.assign(new Error('wrong'), { [Symbol.for('agentops.error')]: true });
    expect(isAgentOpsError(foreign)).toBe(true);
    expect(isAgentOpsError(new AgentOpsError('invalid-config', []))).toBe(true);
  });

  it.each([[new Error('x')], [undefined], [null], ['AgentOpsError'], [{ name: 'AgentOpsError' }], [5]])(
    'does not take %s for one',
    value => {
      expect(isAgentOpsError(value)).toBe(false);
    },
  );
});

describe('an AgentOpsError', () => {
  it('is an Error with a name and a path', () => {
    const error = new AgentOpsError('invalid-config', []);
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.path, error.issues]).toEqual(['AgentOpsError', '', []]);
  });
});
