import { AgentOpsError, type ConfigIssue } from '../errors.js';
import { PROPAGATION_NAMES } from '../propagation/compose.js';
import type { InitOptions } from './config.js';

/** Says what would be right when `value` is wrong, and nothing when it is not. */
type Check = (value: unknown, path: string) => ConfigIssue[];

/** @throws AgentOpsError naming every wrong value by its path */
export function validate(options: unknown): asserts options is InitOptions {
  const issues = OPTIONS(options, '');
  if (issues.length) throw new AgentOpsError('invalid-config', issues);
}

const text = is('must be a text that is not empty', value => typeof value === 'string' && value !== '');
const flag = is('must be true or false', value => typeof value === 'boolean');
const count = is('must be a whole number from 1', value => Number.isInteger(value) && (value as number) >= 1);
const milliseconds = is(
  'must be a number of milliseconds from 1',
  value => Number.isFinite(value) && (value as number) >= 1,
);
const texts = list(text);
const url = is(
  'must be an http(s) URL such as "http://127.0.0.1:4318", or a path such as "/otlp"',
  value =>
    typeof value === 'string' && (/^\/(?!\/)/.test(value) || (/^https?:\/\/./i.test(value) && URL.canParse(value))),
);
const headers = is(
  'must be an object of texts, such as { authorization: "Bearer ..." }',
  value => isObject(value) && Object.values(value).every(item => typeof item === 'string'),
);
const attributes = is(
  'must be an object of texts, numbers, booleans and arrays of them',
  value => isObject(value) && Object.values(value).flat().every(isAttribute),
);
const destination = is(
  'must be a text such as "https://api.example.com/*", a regular expression or a function',
  value => (typeof value === 'string' && value !== '') || value instanceof RegExp || typeof value === 'function',
);

const OTLP = object({
  type: oneOf(['otlp', 'console']),
  endpoint: url,
  headers,
  protocol: oneOf(['http/json', 'http/protobuf']),
});

const exporter: Check = (value, path) => {
  if (isObject(value) && typeof value['export'] === 'function') return [];
  if (isObject(value)) return OTLP(value, path);
  if (value === 'otlp' || value === 'console') return [];
  return [{ path, message: 'must be "otlp", "console", { type: "otlp", endpoint } or an OpenTelemetry SpanExporter' }];
};

const OPTIONS = object({
  serviceName: text,
  serviceVersion: text,
  environment: text,
  resourceAttributes: attributes,
  endpoint: url,
  headers,
  tags: texts,
  autoStartSession: flag,
  propagateTo: (value, path) => (value === false ? [] : list(destination)(value, path)),
  debug: flag,
  session: object({ idleTimeoutMs: milliseconds, maxDurationMs: milliseconds, crossTab: flag }),
  telemetry: object({
    exporters: list(exporter),
    context: object({ propagation: list(oneOf(PROPAGATION_NAMES)), baggageAttributes: texts }),
    batch: object({ maxQueueSize: count, maxBatchSize: count, delayMs: milliseconds, timeoutMs: milliseconds }),
  }),
});

function is(message: string, holds: (value: unknown) => boolean): Check {
  return (value, path) => (holds(value) ? [] : [{ path, message: `${message}, not ${show(value)}` }]);
}

function oneOf(allowed: readonly string[]): Check {
  const names = allowed.map(name => `"${name}"`).join(', ');
  return (value, path) => {
    if (allowed.includes(value as string)) return [];
    return [
      {
        path,
        message: `must be one of ${names}, not ${typeof value === 'string' ? `"${value.slice(0, 40)}"` : show(value)}`,
      },
    ];
  };
}

function list(item: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return [{ path, message: `must be an array, not ${show(value)}` }];
    return value.flatMap((entry, index) => item(entry, `${path}[${index}]`));
  };
}

function object(shape: Record<string, Check>): Check {
  return (value, path) => {
    if (!isObject(value)) return [{ path: path || 'options', message: `must be an object, not ${show(value)}` }];
    return Object.entries(value).flatMap(([name, entry]) => {
      const at = path ? `${path}.${name}` : name;
      const check = Object.hasOwn(shape, name) ? shape[name] : undefined;
      if (!check) return [{ path: at, message: `is no option; there are ${Object.keys(shape).join(', ')}` }];
      return entry === undefined ? [] : check(entry, at);
    });
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAttribute(value: unknown): boolean {
  return value === undefined || ['string', 'number', 'boolean'].includes(typeof value);
}

/** Short, and never the content of a text: it may be a secret in the wrong place. */
function show(value: unknown): string {
  if (value === null || Array.isArray(value)) return value ? 'an array' : 'null';
  if (typeof value === 'string') return value === '' ? 'an empty text' : 'this text';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `a value of type ${typeof value}`;
}
