import type { InitOptions } from '@agentops/shared';
import { made, object, tell, whole } from './parts.js';
import { piece } from './sections.js';

type SpanLimits = NonNullable<NonNullable<InitOptions['telemetry']>['spanLimits']>;

const GENERAL = {
  attribute_value_length_limit: made(
    whole(0),
    (limit, place) => limit || tell('beyond', place, 'must be 1 here at least; texts have no limit'),
  ),
  attribute_count_limit: whole(0),
};

const OWN = {
  ...GENERAL,
  event_count_limit: whole(0),
  link_count_limit: whole(0),
  event_attribute_count_limit: whole(0),
  link_attribute_count_limit: whole(0),
};

const NAMES: Readonly<Record<keyof typeof OWN, keyof SpanLimits>> = {
  attribute_value_length_limit: 'attributeValueLength',
  attribute_count_limit: 'attributeCount',
  event_count_limit: 'eventCount',
  link_count_limit: 'linkCount',
  event_attribute_count_limit: 'eventAttributeCount',
  link_attribute_count_limit: 'linkAttributeCount',
};

/** `attribute_limits`, of which only spans have any here. */
export const attributeLimits = piece(object(GENERAL), toOptions);

/** `tracer_provider.limits`, which go before those. */
export const spanLimits = piece(object(OWN), toOptions);

function toOptions(found: Partial<Record<keyof typeof OWN, number>>): InitOptions {
  const limits = Object.entries(found).map(([name, limit]) => [NAMES[name as keyof typeof OWN], limit]);
  return limits.length ? { telemetry: { spanLimits: Object.fromEntries(limits) as SpanLimits } } : {};
}
