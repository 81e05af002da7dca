import { TEMPORALITIES } from '../metrics/options.js';
import {
  count,
  flag,
  hasMethod,
  headers,
  isBoolean,
  isObject,
  list,
  milliseconds,
  must,
  object,
  oneOf,
  text,
  texts,
  unless,
  url,
  type Check,
} from './validate.js';

const NAMES = ['otlp', 'prometheus', 'console'];

/** Of the buckets of a histogram. */
export const bounds = must(
  'be an array of numbers, each greater than the one before',
  value => Array.isArray(value) && value.every((bound, i) => Number.isFinite(bound) && (!i || bound > value[i - 1])),
);
const port = must('be a port from 0 to 65535', value => Number.isInteger(value) && isBetween(value as number, 65_535));

const instrument = must('be a name, with one * at most', value => isText(value) && stars(value) <= 1);

const settings = {
  exporters: list(
    unless(value => hasMethod(value, 'export'), must(`be "${NAMES.join('", "')}" or a PushMetricExporter`, isName)),
  ),
  endpoint: url,
  url,
  headers,
  protocol: oneOf('http/json', 'http/protobuf'),
  intervalMs: milliseconds,
  timeoutMs: milliseconds,
  temporality: oneOf(...TEMPORALITIES),
  dimensions: texts,
  cardinalityLimit: count,
  views: list(
    must(
      'have no * in its instrument where it has a name',
      value => !isObject(value) || !('name' in value) || !stars(value['instrument']),
      object(
        { instrument, meter: text, name: text, description: text, attributes: texts, buckets: bounds, drop: flag },
        'instrument',
      ),
    ),
  ),
  readers: list(must('be a MetricReader', value => hasMethod(value, 'collect'))),
  prometheus: object({ host: text, port }),
};

/** Of `telemetry.metrics`. @param more options that a page has not; one of the same name goes before its */
export function metricsCheck(more?: Readonly<Record<string, Check>>): Check {
  return unless(isBoolean, must('be true, false or an object', isObject, object({ ...settings, ...more })));
}

function isName(value: unknown): boolean {
  return NAMES.includes(value as string);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function stars(pattern: unknown): number {
  return String(pattern).split('*').length - 1;
}

function isBetween(value: number, max: number): boolean {
  return value >= 0 && value <= max;
}
