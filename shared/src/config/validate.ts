import { AgentOpsError, type ConfigIssue } from '../errors.js';
import { isAllowed } from '../propagation/allowed.js';
import { PROPAGATION_NAMES, TRACE_HEADERS } from '../propagation/compose.js';
import type { InitOptions } from './config.js';

/** Says what would be right when `value` is wrong, and nothing when it is not. */
export type Check = (value: unknown, path: string) => ConfigIssue[];

/** Of what only a server reads; a page ignores it, and need not carry its checks: see `server-checks.ts`. */
export interface ServerChecks {
  /** Of the configuration's own. */
  readonly headers?: Check;
  readonly incoming: Check;
  readonly diskQueue: Check;
  readonly useExternalOtel: Check;
  readonly metrics: Check;
  /** Of each exporter; see `exporter-checks`. */
  readonly exporter: Check;
  /** Of `telemetry`, besides what a page has too. */
  readonly telemetry: Record<string, Check>;
  /** Of `telemetry.sampling`, besides `rate`. */
  readonly sampling: Record<string, Check>;
}

/** @throws AgentOpsError naming every wrong value by its path */
export function validate(options: unknown, server?: Partial<ServerChecks>): asserts options is InitOptions {
  const issues = optionsWith(server)(options, '');
  if (issues.length) throw new AgentOpsError('invalid-config', issues);
}

export const flag = must('be true or false', isBoolean);
export const text = must('be a text that is not empty', value => isText(value) && value !== '');
export const texts = list(text);
export const count = atLeastOne('whole number', Number.isInteger);
export const milliseconds = atLeastOne('number of milliseconds', Number.isFinite);
export const headers = must('be an object of texts', value => isObject(value) && Object.values(value).every(isText));
const attributes = must(
  'be an object of texts, numbers, booleans and arrays of them',
  value => isObject(value) && Object.values(value).flat().every(isAttribute),
);
export const url = must(
  'be an http(s) URL such as "http://127.0.0.1:4318", or a path such as "/otlp"',
  value => isText(value) && /^(https?:\/)?\/(?!\/)/i.test(value) && URL.canParse(value, 'http://host'),
);
// A path alone would match nothing.
const destination = matcher('https://api.example.com/*', /^[^/]/);
const destinations = list(destination);
const traceHeader = must(
  'be a trace header such as "x-b3-*"',
  value => isText(value) && TRACE_HEADERS.some(name => isAllowed([value], name)),
);
const pageExporter = unless(
  isExporter,
  must(
    'be "otlp", "console", { type } or a SpanExporter',
    isObject,
    object(
      { type: oneOf('otlp', 'console'), endpoint: url, url, headers, protocol: oneOf('http/json', 'http/protobuf') },
      'type',
    ),
  ),
);
const outgoingRule = object(
  {
    to: (value, path) => (Array.isArray(value) ? destinations : destination)(value, path),
    headers: allOrSome(traceHeader),
    baggage: allOrSome(text),
  },
  'to',
);
export const rate = must('be a number from 0 to 1', value => typeof value === 'number' && value >= 0 && value <= 1);
const anything: Check = () => [];
const elsewhere = must('be given to init() of @agentops/web/otel', value => !value);
export const batchSizes = object({
  maxQueueSize: count,
  maxQueueBytes: count,
  maxBatchSize: count,
  delayMs: milliseconds,
  timeoutMs: milliseconds,
});

function optionsWith(server: Partial<ServerChecks> = {}): Check {
  const { incoming = anything, diskQueue = anything, metrics = anything, useExternalOtel = elsewhere } = server;
  const exporters = list(server.exporter ?? pageExporter);
  return object({
    serviceName: text,
    serviceVersion: text,
    environment: text,
    resourceAttributes: attributes,
    endpoint: url,
    headers: server.headers ?? headers,
    tags: texts,
    autoStartSession: flag,
    propagateTo: unless(value => value === false, destinations),
    debug: flag,
    session: object({ idleTimeoutMs: milliseconds, maxDurationMs: milliseconds, crossTab: flag }),
    telemetry: object({
      exporters,
      additionalExporters: exporters,
      context: object({
        propagation: list(oneOf(...PROPAGATION_NAMES)),
        baggageAttributes: texts,
        outgoing: list(outgoingRule),
        incoming,
      }),
      sampling: object({ rate, ...server.sampling }),
      sampler: must('be an OpenTelemetry Sampler', value => hasMethod(value, 'shouldSample')),
      batch: batchSizes,
      diskQueue,
      useExternalOtel,
      ...server.telemetry,
      metrics,
    }),
  });
}

/** @param inside what is still to be checked of a value that `holds` */
export function must<T>(
  what: string,
  holds: (value: unknown) => boolean,
  inside: (value: T, path: string) => ConfigIssue[] = () => [],
): Check {
  return (value, path) =>
    holds(value)
      ? inside(value as T, path)
      : [{ path: path || 'options', message: `must ${what}, got ${show(value)}` }];
}

export function unless(isRight: (value: unknown) => boolean, check: Check): Check {
  return (value, path) => (isRight(value) ? [] : check(value, path));
}

function atLeastOne(what: string, holds: (value: unknown) => boolean): Check {
  return must(`be a ${what} from 1`, value => holds(value) && (value as number) >= 1);
}

export function matcher(example: string, pattern: RegExp): Check {
  return must(`be a text such as "${example}", a regular expression or a function`, value =>
    isText(value) ? pattern.test(value) : value instanceof RegExp || typeof value === 'function',
  );
}

export function oneOf(...allowed: unknown[]): Check {
  return must(`be one of "${allowed.join('", "')}"`, value => allowed.includes(value));
}

export function allOrSome(item: Check): Check {
  return unless(isBoolean, list(item, 'true, false or an array'));
}

export function list(item: Check, what = 'an array'): Check {
  return must<unknown[]>(`be ${what}`, Array.isArray, (value, path) =>
    value.flatMap((entry, index) => item(entry, `${path}[${index}]`)),
  );
}

export function object(shape: Record<string, Check>, required?: string): Check {
  return must<object>('be an object', isObject, (value, path) =>
    Object.entries({ ...(required && { [required]: undefined }), ...value }).flatMap(([name, entry]) => {
      const at = path ? `${path}.${name}` : name;
      const check = Object.hasOwn(shape, name) && shape[name];
      if (!check) return [{ path: at, message: `is no option; there are ${Object.keys(shape).join(', ')}` }];
      return entry === undefined && name !== required ? [] : check(entry, at);
    }),
  );
}

function isExporter(value: unknown): boolean {
  return value === 'otlp' || value === 'console' || hasMethod(value, 'export');
}

export function hasMethod(value: unknown, name: string): boolean {
  return isObject(value) && typeof value[name] === 'function';
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isAttribute(value: unknown): boolean {
  return value === undefined || ['string', 'number', 'boolean'].includes(typeof value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

/** Short, and never the content of a text: it may be a secret in the wrong place. */
function show(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null || ['number', 'boolean'].includes(typeof value) ? String(value) : typeof value;
}
