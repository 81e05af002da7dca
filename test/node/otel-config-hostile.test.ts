import { describe, expect, it } from 'vitest';
import { describeDocument, part } from '../support/otel-document.js';

const LAUGHS = `a: &a [x, x, x, x, x, x, x, x, x]\n${[...'bcdefghi']
  .map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]}, `.repeat(9)}x]`)
  .join('\n')}`;

const VALUES = ['5', 'true', 'text', '[]', '[5]', '[[]]', '{ x: 5 }', '{ 5: x }', '[null]', '1e400', '.nan'];

const exporting = (exporter: string) => `tracer_provider: { processors: [{ batch: { exporter: ${exporter} } }] }`;
const EXPORTER = 'tracer_provider.processors[0].batch.exporter';
const reading = (reader: string) => `meter_provider: { readers: [${reader}] }`;
const viewing = (view: string) =>
  `meter_provider: { readers: [{ periodic: { exporter: { console: } } }], views: ${view} }`;
const PROMETHEUS = 'meter_provider.readers[0].pull.exporter.prometheus/development';

/** Where a value may stand -> a document with `@` there that is right otherwise, and which of those values are right. */
const PLACES: Record<string, [document: string, ...right: string[]]> = {
  disabled: ['disabled: @', 'true'],
  log_level: ['log_level: @'],
  resource: ['resource: @'],
  'resource.attributes': ['resource: { attributes: @ }'],
  'resource.attributes[0].name': ['resource: { attributes: [{ name: @, value: a }] }', 'text'],
  'resource.attributes[0]': ['resource: { attributes: [{ name: a, value: @ }] }', 'text'],
  'resource.attributes[0].type': ['resource: { attributes: [{ name: a, value: a, type: @ }] }'],
  'resource.attributes_list': ['resource: { attributes_list: @ }', 'text'],
  propagator: ['propagator: @'],
  'propagator.composite': ['propagator: { composite: @ }'],
  'propagator.composite_list': ['propagator: { composite_list: @ }'],
  attribute_limits: ['attribute_limits: @'],
  'attribute_limits.attribute_count_limit': ['attribute_limits: { attribute_count_limit: @ }', '5'],
  tracer_provider: ['tracer_provider: @'],
  'tracer_provider.processors': ['tracer_provider: { processors: @ }'],
  'tracer_provider.limits': ['tracer_provider: { processors: [{ simple: { exporter: { console: } } }], limits: @ }'],
  'tracer_provider.sampler': ['tracer_provider: { processors: [{ simple: { exporter: { console: } } }], sampler: @ }'],
  'tracer_provider.id_generator': [
    'tracer_provider: { processors: [{ simple: { exporter: { console: } } }], id_generator: @ }',
  ],
  'tracer_provider.processors[0].batch': ['tracer_provider: { processors: [{ batch: @ }] }'],
  'tracer_provider.processors[0].batch.schedule_delay': [
    'tracer_provider: { processors: [{ batch: { exporter: { console: }, schedule_delay: @ } }] }',
    '5',
  ],
  [EXPORTER]: [exporting('@')],
  [`${EXPORTER}.otlp_http`]: [exporting('{ otlp_http: @ }')],
  [`${EXPORTER}.otlp_http.endpoint`]: [exporting('{ otlp_http: { endpoint: @ } }')],
  [`${EXPORTER}.otlp_http.headers`]: [exporting('{ otlp_http: { headers: @ } }')],
  [`${EXPORTER}.otlp_http.headers_list`]: [exporting('{ otlp_http: { headers_list: @ } }'), 'text'],
  [`${EXPORTER}.otlp_http.tls`]: [exporting('{ otlp_http: { tls: @ } }')],
  [`${EXPORTER}.otlp_http.timeout`]: [exporting('{ otlp_http: { timeout: @ } }'), '5'],
  [`${EXPORTER}.otlp_grpc.endpoint`]: [exporting('{ otlp_grpc: { endpoint: @ } }')],
  // A text that is no file:///… is left out, with a warning.
  [`${EXPORTER}.otlp_file/development.output_stream`]: [
    exporting('{ otlp_file/development: { output_stream: @ } }'),
    'text',
  ],
  meter_provider: ['meter_provider: @'],
  'meter_provider.readers': ['meter_provider: { readers: @ }'],
  'meter_provider.readers[0].periodic': [reading('{ periodic: @ }')],
  'meter_provider.readers[0].periodic.interval': [
    reading('{ periodic: { exporter: { console: }, interval: @ } }'),
    '5',
  ],
  'meter_provider.readers[0].periodic.exporter': [reading('{ periodic: { exporter: @ } }')],
  [`${PROMETHEUS}.host`]: [reading('{ pull: { exporter: { prometheus/development: { host: @ } } } }'), 'text'],
  [`${PROMETHEUS}.port`]: [reading('{ pull: { exporter: { prometheus/development: { port: @ } } } }'), '5'],
  'meter_provider.views': [viewing('@')],
  'meter_provider.views[0].selector': [viewing('[{ selector: @, stream: { description: a } }]')],
  'meter_provider.views[0].selector.instrument_name': [
    viewing('[{ selector: { instrument_name: @ }, stream: { description: a } }]'),
    'text',
  ],
  'meter_provider.views[0].stream': [viewing('[{ selector: { instrument_name: a }, stream: @ }]')],
};

describe('a document that', () => {
  it.each<[string, string | Uint8Array, RegExp]>([
    ['is empty', '', /^file_format: must be set \(otel config otel\.yaml:1\)$/],
    ['is a list', '- a', /^otel\.yaml: must be an object/],
    ['is a text', 'garbage', /^otel\.yaml: must be an object/],
    ['is no YAML', 'file_format: "1.0"\na: [', /^otel\.yaml:\d: Flow sequence/],
    ['is no text', new Uint8Array([0xff, 0xfe, 0]), /^OTEL_CONFIG_FILE: otel\.yaml cannot be read: .*not valid/],
    ['is too large', `#${'x'.repeat(262_144)}`, /^OTEL_CONFIG_FILE: otel\.yaml cannot be read: it has 262145 bytes/],
    ['has a tag', 'file_format: !!js/function x', /^otel\.yaml:1: Unresolved tag/],
    ['is nested without end', '['.repeat(100_000), /Maximum call stack/],
    ['is a bomb of aliases', LAUGHS, /^OTEL_CONFIG_FILE: otel\.yaml cannot be read: Excessive alias count/],
    ['has a malformed reference', 'file_format: "${1}"', /^otel\.yaml:1: a \$\{ must be/],
    ['refers to what would be structure', 'file_format: "1.0"\nresource: ${MAP}', /^resource: must be an object/],
    ['is of another schema', 'file_format: "2.0"', /^file_format: must be "1\.1", or another version of 1, got string/],
    ['is of an old schema', 'file_format: "0.4"', /^file_format: must be "1\.1"/],
    ['has no version', 'disabled: false', /^file_format: must be set/],
    ['has a version that is a list', 'file_format: ["1.0"]', /^file_format: must be/],
    [
      'wants a prototype',
      'file_format: "1.0"\nresource: { __proto__: { a: 1 } }',
      /^resource\.__proto__: is not known/,
    ],
  ])('%s is wrong as a whole', (_title, content, message) => {
    const { values, wrong } = describeDocument(content, { MAP: '{ attributes_list: a=1 }' });
    expect(wrong[0]).toMatch(message);
    expect(values).toEqual({});
  });

  it.each(['"1.0"', '"1.1"', '"1.0-rc.2"', '1.0', '1.1'])('is of file_format %s is read', format => {
    const { values, wrong, warnings } = describeDocument(`file_format: ${format}\nlog_level: debug`);
    expect([values, wrong, warnings]).toEqual([{ debug: true }, [], []]);
  });

  it('is of a later version is read as far as it is known, with a warning', () => {
    const { values, wrong, warnings } = describeDocument(
      'file_format: "1.9"\nlog_level: debug\nattribute_limits: { attribute_depth: 5, attribute_count_limit: 3 }',
    );
    expect([values, wrong]).toEqual([{ debug: true, 'spanLimits.attributeCount': 3 }, []]);
    expect(warnings).toEqual([
      'otel.yaml: its file_format is later than those known here',
      expect.stringContaining('attribute_limits.attribute_depth ('),
    ]);
  });

  it('has a reference to what is not set has nothing there', () => {
    const { values, wrong } = part('log_level: ${UNSET}\nattribute_limits:\n  attribute_count_limit: ${UNSET}');
    expect([values, wrong]).toEqual([{}, []]);
  });

  it.each(Object.entries(PLACES))('holds nothing at %s but what is right there', (path, [document, ...right]) => {
    const verdicts = VALUES.map(value => ({ value, wrong: part(document.replace('@', value)).wrong }));
    const taken = verdicts.filter(({ wrong }) => !wrong.length).map(({ value }) => value);
    expect(taken).toEqual(right);
    for (const message of verdicts.flatMap(({ wrong }) => wrong)) expect(message.startsWith(path)).toBe(true);
  });

  it('is wrong never shows what is in it', () => {
    const { wrong } = part(
      'resource: { attributes: sk-secret }\ntracer_provider: { processors: [{ simple: { exporter: { otlp_http: { endpoint: sk-secret, headers: [sk-secret] } } } }] }',
    );
    expect(wrong.length).toBe(3);
    expect(wrong.join()).not.toContain('sk-secret');
  });
});

describe('what holds, and by what', () => {
  it('names the document and the line', () => {
    const { sources, notes } = describeDocument(
      'file_format: "1.1"\nlog_level: debug\nresource:\n  attributes_list: a=${OTEL_USED}\n',
      { OTEL_USED: 'x', OTEL_UNUSED: 'x', OTEL_EMPTY: '', AGENTOPS_TAGS: 'beta' },
    );
    expect(sources).toEqual({
      debug: 'otel config otel.yaml:2',
      'resourceAttributes.a': 'otel config otel.yaml:4',
      tags: 'env AGENTOPS_TAGS',
    });
    expect(notes).toEqual(['OTEL_UNUSED: is not read where there is OTEL_CONFIG_FILE']);
  });
});
