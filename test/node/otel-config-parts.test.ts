import { describe, expect, it } from 'vitest';
import { part, valuesOf } from '../support/otel-document.js';

const exporting = (exporter: string) => `tracer_provider: { processors: [{ batch: { exporter: { ${exporter} } } }] }`;
const sampling = (sampler: string) =>
  `tracer_provider: { processors: [{ simple: { exporter: { console: } } }], sampler: ${sampler} }`;
describe('resource', () => {
  it.each<[string, object]>([
    ['{}', {}],
    ['{ attributes_list: "a=1,b=two%20words" }', { a: '1', b: 'two words' }],
    ['{ attributes_list: "a=list,b=list", attributes: [{ name: a, value: own }] }', { a: 'own', b: 'list' }],
    ['{ attributes: [{ name: a, value: 5, type: int }, { name: b, value: 0.5, type: double }] }', { a: 5, b: 0.5 }],
    ['{ attributes: [{ name: a, value: true, type: bool }, { name: b, value: "" }] }', { a: true, b: '' }],
    ['{ attributes: [{ name: a, value: [x, y], type: string_array }] }', { a: ['x', 'y'] }],
    ['{ attributes: [{ name: a, value: [1, 2], type: int_array }, { name: b, value: }] }', { a: [1, 2] }],
  ])('%s', (resource, attributes) => {
    const found = Object.entries(valuesOf(`resource: ${resource}`));
    const own = found.map(([path, value]) => [path.replace('resourceAttributes.', ''), value]);
    expect(Object.fromEntries(own)).toEqual(attributes);
  });

  it('names the service', () => {
    const content = 'resource: { attributes: [{ name: service.name, value: planner }] }';
    expect(valuesOf(content)).toMatchObject({ serviceName: 'planner' });
  });

  it.each(['5', '[a]', 'true'])('has no text %s', value => {
    const { wrong } = part(`resource: { attributes: [{ name: a, value: ${value} }] }`);
    expect(wrong).toEqual([
      expect.stringMatching(/^resource\.attributes\[0\]: must have a value of the type "string"/),
    ]);
  });

  it('has none of a list that is malformed', () => {
    const { values, warnings } = part('resource: { attributes_list: "a=1,lonely" }');
    expect([values, warnings.join()]).toEqual([{}, expect.stringContaining('resource.attributes_list (a part of it')]);
  });
});

describe('propagator', () => {
  it.each([
    ['{ composite: [{ tracecontext: }, { baggage: {} }] }', ['tracecontext', 'baggage']],
    ['{ composite_list: "b3, baggage" }', ['b3', 'baggage']],
    ['{ composite: [{ b3multi: }], composite_list: "b3multi,tracecontext" }', ['b3multi', 'tracecontext']],
    ['{ composite_list: none }', []],
  ])('%s', (propagator, propagation) => {
    expect(valuesOf(`propagator: ${propagator}`)).toEqual({ 'context.propagation': propagation });
  });

  it.each(['{}', '{ composite_list: }', '\n  composite_list: ${UNSET}'])('%s leaves it as it is', propagator => {
    expect(valuesOf(`propagator: ${propagator}`)).toEqual({});
  });

  it('of others is left out', () => {
    const { values, warnings } = part('propagator: { composite: [{ xray: }, { b3: }] }');
    expect(values).toEqual({ 'context.propagation': ['b3'] });
    expect(warnings).toEqual([expect.stringContaining('propagator.composite[0].xray (')]);
  });
});

describe('the exporters of tracer_provider', () => {
  const HTTP = { type: 'otlp', url: 'http://localhost:4318/v1/traces', protocol: 'http/protobuf' };

  it.each<[string, object]>([
    ['otlp_http:', HTTP],
    [
      'otlp_http: { endpoint: "http://c.test/x?y", encoding: json }',
      { ...HTTP, url: 'http://c.test/x?y', protocol: 'http/json' },
    ],
    ['otlp_http: { compression: gzip, timeout: 500 }', { ...HTTP, compression: 'gzip', 'batch.timeoutMs': 500 }],
    ['otlp_http: { timeout: 0 }', { ...HTTP, 'batch.timeoutMs': 2_147_483_647 }],
    [
      'otlp_http: { headers: [{ name: x-a, value: b }, { name: x-c, value: }] }',
      { ...HTTP, 'headers.x-a': '********' },
    ],
    ['otlp_http: { headers_list: "x-a=1,x-b=2" }', { ...HTTP, 'headers.x-a': '********', 'headers.x-b': '********' }],
    ['otlp_grpc:', { type: 'otlp', url: 'http://localhost:4317', protocol: 'grpc' }],
    [
      'otlp_grpc: { endpoint: "c.test:4317", tls: { insecure: true } }',
      { type: 'otlp', url: 'c.test:4317', protocol: 'grpc', insecure: true },
    ],
    ['console:', { type: 'console' }],
    ['otlp_file/development: { output_stream: "file:///tmp/a.jsonl" }', { type: 'file', path: '/tmp/a.jsonl' }],
  ])('%s', (exporter, option) => {
    const found = Object.entries(valuesOf(exporting(exporter)));
    expect(Object.fromEntries(found.map(([path, value]) => [path.replace('exporters[0].', ''), value]))).toEqual(
      option,
    );
  });

  it('have a queue each', () => {
    const batch =
      '{ schedule_delay: 0, export_timeout: 7, max_queue_size: 8, max_export_batch_size: 9, exporter: { console: } }';
    const simple = '{ exporter: { otlp_http: { timeout: 5 } } }';
    const values = valuesOf(`tracer_provider: { processors: [{ batch: ${batch} }, { simple: ${simple} }] }`);
    expect(values).toMatchObject({
      'exporters[0].batch.delayMs': 1,
      'exporters[0].batch.timeoutMs': 7,
      'exporters[0].batch.maxQueueSize': 8,
      'exporters[0].batch.maxBatchSize': 9,
      'exporters[1].batch.maxBatchSize': 1,
      'exporters[1].batch.timeoutMs': 5,
    });
  });

  it.each([
    ['otlp_http: { endpoint: localhost }', 'otlp_http.endpoint: must be an http(s) URL'],
    ['otlp_http: { timeout: -1 }', 'otlp_http.timeout: must be a whole number from 0, got -1'],
    ['otlp_http: { encoding: xml }', 'otlp_http.encoding: must be one of "protobuf", "json"'],
    ['otlp_http: { headers: [{ value: x }] }', 'otlp_http.headers[0].name: must be set'],
    ['otlp_http: { tls: { ca_file: nowhere.pem } }', 'otlp_http.tls.ca_file: must be the absolute path of a PEM file'],
    ['otlp_http: { endpont: x }', 'otlp_http.endpont: is not known; there are headers,'],
    ['otlp_grpc: { endpoint: "ftp://a" }', 'otlp_grpc.endpoint: must be an http(s) URL'],
    ['console: 5', 'console: must be an object'],
    ['kafka: { topic: x }', 'kafka: is not known; there are otlp_http, otlp_grpc, otlp_file/development, console'],
  ])('cannot be { %s }', (exporter, message) => {
    expect(part(exporting(exporter)).wrong).toEqual([
      expect.stringContaining(`tracer_provider.processors[0].batch.exporter.${message}`),
    ]);
  });

  it.each(['otlp_file/development:', 'kafka/development: { topic: x }'])('left out: { %s }', exporter => {
    const { values, warnings, wrong } = part(exporting(exporter));
    expect([values, wrong]).toEqual([{ exporters: [] }, []]);
    expect(warnings.join()).toContain(`processors[0].batch.exporter.${exporter.split(':')[0]} (`);
  });
});

describe('the sampler', () => {
  it.each([
    ['{ always_on: }', 'AlwaysOnSampler'],
    ['{ always_off: {} }', 'AlwaysOffSampler'],
    ['{ trace_id_ratio_based: }', 'TraceIdRatioBased{1}'],
    ['{ trace_id_ratio_based: { ratio: 0.25 } }', 'TraceIdRatioBased{0.25}'],
    ['{ parent_based: }', /^ParentBased\{root=AlwaysOnSampler, remoteParentSampled=AlwaysOn/],
    ['{ parent_based: { root: { trace_id_ratio_based: { ratio: 0.5 } } } }', /root=TraceIdRatioBased\{0\.5\}/],
    [
      '{ parent_based: { remote_parent_sampled: { always_off: }, local_parent_not_sampled: { always_on: } } }',
      /remoteParentSampled=AlwaysOffSampler.*localParentNotSampled=AlwaysOnSampler/,
    ],
  ])('%s', (sampler, shown) => {
    const { sampler: found } = valuesOf(sampling(sampler));
    expect(found).toEqual(typeof shown === 'string' ? shown : expect.stringMatching(shown));
  });

  it.each([
    [
      '{ trace_id_ratio_based: { ratio: 2 } }',
      'sampler.trace_id_ratio_based.ratio: must be a number from 0 to 1, got 2',
    ],
    ['{ mine: }', 'sampler.mine: is not known'],
    ['{}', 'sampler: must have one of the names'],
    ['{ always_on:, always_off: }', 'sampler: must have one of the names'],
    ['always_on', 'sampler: must have one of the names'],
    ['{ parent_based: { root: { mine: } } }', 'sampler.parent_based.root.mine: is not known'],
  ])('cannot be %s', (sampler, message) => {
    expect(part(sampling(sampler)).wrong).toEqual([expect.stringContaining(`tracer_provider.${message}`)]);
  });

  it.each(['probability/development', 'composite/development', 'jaeger_remote/development'])('%s is left out', name => {
    const { values, warnings } = part(sampling(`{ ${name}: { ratio: 0.1 } }`));
    expect(values).not.toHaveProperty('sampler');
    expect(warnings).toEqual([expect.stringContaining(`tracer_provider.sampler.${name} (there is no such sampler`)]);
  });
});

describe('limits', () => {
  it('of spans go before those in general', () => {
    const values = valuesOf(
      `attribute_limits: { attribute_count_limit: 5, attribute_value_length_limit: 6 }\n` +
        `tracer_provider:\n  processors: [{ simple: { exporter: { console: } } }]\n` +
        `  limits: { attribute_count_limit: 0, event_count_limit: 1, link_count_limit: 2, event_attribute_count_limit: 3, link_attribute_count_limit: 4 }`,
    );
    expect(values).toMatchObject({
      'spanLimits.attributeCount': 0,
      'spanLimits.attributeValueLength': 6,
      'spanLimits.eventCount': 1,
      'spanLimits.linkCount': 2,
      'spanLimits.eventAttributeCount': 3,
      'spanLimits.linkAttributeCount': 4,
    });
  });

  it.each(['-1', '1.5', 'many'])('cannot be %s', limit => {
    expect(part(`attribute_limits: { attribute_count_limit: ${limit} }`).wrong).toEqual([
      expect.stringMatching(/^attribute_limits\.attribute_count_limit: must be a whole number from 0/),
    ]);
  });
});

describe('the rest', () => {
  it.each([
    ['log_level: debug3', { debug: true }],
    ['log_level: trace', { debug: true }],
    ['log_level: fatal4', { debug: false }],
    ['log_level:', {}],
    ['disabled: false', {}],
    ['logger_provider: { processors: [] }\ninstrumentation/development: {}\ndistribution: { x: {} }', {}],
  ])('%s', (content, values) => {
    expect(valuesOf(content)).toEqual(values);
  });

  it('that nobody misses is noted', () => {
    const { notes } = part('logger_provider: {}\nresource: { schema_url: "http://x.test" }');
    expect(notes).toEqual([
      'otel.yaml: logger_provider: no logs are made here',
      'otel.yaml: resource.schema_url: the resource has no schema URL here',
    ]);
  });
});
