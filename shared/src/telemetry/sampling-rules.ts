import type { AttributeValue, SpanKind } from '@opentelemetry/api';
import { KINDS, type SpanMatch } from './sampling-options.js';

/** A span as rules see it, whether it starts or has ended. */
export interface SpanView {
  readonly name: string;
  readonly kind: SpanKind;
  readonly service: string;
  /** The attribute of that name. */
  read(key: string): AttributeValue | undefined;
}

type Look = (span: SpanView) => unknown;
type Wanted = Required<SpanMatch>['attributes'][string] | undefined;

const FIELDS: Record<keyof Omit<SpanMatch, 'attributes'>, Look> = {
  name: span => span.name,
  kind: span => KINDS[span.kind],
  service: span => span.service,
  agent: span => span.read('agent.id'),
  route: span => span.read('http.route') ?? span.read('url.path'),
  session: span => span.read('session.id'),
};

/** Tells whether a span is one of those that `match` describes. */
export function createMatcher({ attributes = {}, ...fields }: SpanMatch): (span: SpanView) => boolean {
  const tests = [
    ...Object.entries(attributes).map(([key, wanted]) => testOf(span => span.read(key), wanted)),
    ...Object.entries(FIELDS).map(([field, look]) => testOf(look, fields[field as keyof typeof fields])),
  ];
  return span => tests.every(holds => holds(span));
}

function testOf(look: Look, wanted: Wanted): (span: SpanView) => boolean {
  if (wanted === undefined) return () => true;
  const fits = fitting(wanted);
  return span => [look(span)].flat().some(fits);
}

function fitting(wanted: NonNullable<Wanted>): (value: unknown) => boolean {
  if (typeof wanted === 'object') return value => (value as number) >= wanted.min;
  if (typeof wanted !== 'string') return value => value === wanted;
  const expression = wildcards(wanted);
  return value => value !== undefined && expression.test(String(value));
}

/** An expression for the whole of a text, in which `*` is any run of characters. */
export function wildcards(text: string): RegExp {
  const parts = text.split('*').map(part => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
