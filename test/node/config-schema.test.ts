import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeConfig } from '@agentops/node/config';
import { afterAll, describe, expect, it } from 'vitest';
import { isValid, type JsonSchema } from '../support/json-schema.js';

const root = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../node/agentops.schema.json'), 'utf8'),
) as JsonSchema;
const folder = mkdtempSync(join(tmpdir(), 'agentops-schema-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** What the toolkit says of a file that holds `options`. */
function load(options: unknown) {
  const configFile = join(folder, 'a.json');
  writeFileSync(configFile, JSON.stringify(options));
  return describeConfig({ configFile }, {});
}

interface Place {
  path: string;
  schema: JsonSchema;
  /** A file with `value` there, and nothing else but what must stand beside it. */
  around(value: unknown): unknown;
}

/** Every place of the schema, from the outside in. */
function places(schema: JsonSchema = root, path = '', around: Place['around'] = value => value): Place[] {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const beside = exampleOf(path, schema);
    return places(property, path ? `${path}.${name}` : name, value => around({ ...beside, [name]: value }));
  });
  const instead = (schema.anyOf ?? [])
    .filter(variant => variant.properties)
    .flatMap(each => places(each, path, around));
  const item = followed(schema.items);
  const variants = [item, ...(item?.anyOf ?? [])].flatMap(each => each ?? []);
  const items = variants.flatMap(item => places(item, `${path}[]`, value => around([value])));
  return [{ path, schema, around }, ...inside, ...instead, ...items];
}

/** No file can hold these. */
const CODE = ['sampler', 'processors', 'plugins', 'readers', 'resourceDetectors'];

function followed(schema: JsonSchema | undefined): JsonSchema | undefined {
  return schema?.$ref ? root.definitions?.[schema.$ref.split('/')[2] ?? ''] : schema;
}

/** What an exporter must have, by its type. */
const EXPORTERS: Record<string, object> = {
  otlp: { type: 'otlp', endpoint: 'http://a.test' },
  file: { type: 'file', path: 'spans.jsonl' },
};

/** What a list item must have. */
function exampleOf(path: string, { properties }: JsonSchema): object {
  const type = properties?.['type']?.enum?.[0] as string | undefined;
  return EXAMPLES[path] ?? EXPORTERS[type ?? ''] ?? { ...(type && { type }) };
}

const EXAMPLES: Record<string, object> = {
  'telemetry.context.outgoing[]': { to: '*' },
  'telemetry.context.incoming[]': { route: '/' },
  'telemetry.sampling.rules[]': { rate: 1 },
  'telemetry.metrics.views[]': { instrument: 'text' },
};

/** What a file can hold, right at some places and wrong at others. */
const VALUES: unknown[] = [
  [true, false, 0, 1, 1.5, -1, 0.5, 1e9, '', 'text', '/path', '*', 'otlp', 'link', 'traceparent', 'x-b3-*'],
  ['http://a.test', 'HTTPS://a.test/x', 'ftp://a', '//a', 'localhost:4317'],
  [[], ['text'], ['*', ''], [5], ['w3c', 'b3'], ['traceparent'], ['otlp', 'zipkin'], [true], [['text']], [{}]],
  [{}, { a: 'text' }, { a: 5 }, { a: ['text', 1] }, { a: { min: 5 } }, { a: { min: 'x' } }, { 'a b': [[]] }],
  [{ type: 'otlp' }, [{ type: 'console' }], [{ type: 'zipkin' }], [{ endpoint: 'http://a.test' }]],
  [[{ to: '*' }], [{ route: '/' }], [{ rate: 1 }], [{ rate: 2 }]],
].flat();

/** What no schema can know: the rest of the configuration, and files. */
const NOT_OF_THE_SHAPE = /^must be (set, here or as|the path of a PEM file that can be read)/;

/** The names that a message gives, as in `must be one of "a", "b"`. */
function namesIn(messages: readonly string[]): string[] {
  return messages.flatMap(message => [...message.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name));
}

const all = places();

describe('the JSON Schema of the configuration file', () => {
  it.each(all.filter(({ schema }) => schema.additionalProperties === false).map(place => [place.path, place] as const))(
    'has the names that are known at "%s"',
    (path, { schema, around }) => {
      const { issues } = load(around({ ...exampleOf(path, schema), 'no option': 1 }));
      const known = issues
        .map(({ message }) => /is no option; there are (.*)/.exec(message)?.[1]?.split(', '))
        .find(Boolean);
      const names = Object.keys(schema.properties ?? {}).filter(name => name !== '$schema');
      expect(known?.filter(name => !CODE.includes(name)).sort()).toEqual(names.sort());
    },
  );

  it.each(all.map(place => [place.path, place] as const))('takes at "%s" what is taken there', (_path, { around }) => {
    const names = namesIn(load(around('no such')).issues.map(({ message }) => message));
    const verdicts = [...VALUES, ...names].map(value => {
      const file = around(value);
      const issues = load(file).issues.filter(({ message }) => !NOT_OF_THE_SHAPE.test(message));
      return { file: JSON.stringify(file), schema: isValid(file, root, root), toolkit: issues.length === 0 };
    });
    expect(verdicts.filter(({ schema, toolkit }) => schema !== toolkit)).toEqual([]);
  });

  it('has the defaults that hold', () => {
    const holds = Object.fromEntries(load({}).settings.map(({ path, value }) => [path, value]));
    const said = all.filter(({ path, schema }) => path in holds && schema.default !== undefined);
    expect(said.length).toBeGreaterThan(10);
    expect(Object.fromEntries(said.map(({ path, schema }) => [path, schema.default]))).toMatchObject(
      Object.fromEntries(said.map(({ path }) => [path, holds[path]])),
    );
  });

  it('lets a variable stand where a number or a flag is wanted', () => {
    const file = { debug: '${DEBUG}', telemetry: { batch: { delayMs: '${DELAY:-5}' }, sampling: { rate: '${RATE}' } } };
    expect(isValid(file, root, root)).toBe(true);
  });
});

describe('the environment', () => {
  const scalar = (schema: JsonSchema): boolean =>
    [schema, ...(schema.allOf ?? [])].some(
      ({ type, $ref }) => type === 'string' || ($ref !== undefined && $ref !== '#/definitions/headers'),
    );

  it.each(
    all.filter(({ path, schema }) => scalar(schema) && !/\[|^\$schema$|crossTab/.test(path)).map(({ path }) => [path]),
  )('has a variable for %s', path => {
    const name = path
      .replace(/^telemetry\.(context\.)?/, '')
      .replace(/[A-Z]/g, '_$&')
      .replaceAll('.', '_')
      .toUpperCase();
    const { issues, settings } = describeConfig({}, { [`AGENTOPS_${name}`]: 'nonsense' });
    const taken = [...issues, ...settings].filter(({ source }) => source === `env AGENTOPS_${name}`);
    expect(taken.map(entry => entry.path)).toContain(path);
  });
});
