import type { InitOptions, PropagationName } from '@agentops/shared';
import { beyond, kind, list, object, type Part, type Place, text } from './parts.js';
import { piece } from './sections.js';

const NAMES: readonly PropagationName[] = ['tracecontext', 'baggage', 'b3', 'b3multi'];
/** What others have. */
const ELSEWHERE = ['xray', 'jaeger', 'ottrace'];

const known = kind<PropagationName>({
  ...Object.fromEntries(NAMES.map(name => [name, (place: Place) => object({})(place) && name])),
  ...Object.fromEntries(ELSEWHERE.map(name => [name, beyond('there is no such propagator here')])),
});

/** Each name as if it stood in the list of objects. */
const names: Part<PropagationName[]> = place =>
  text(place)
    ?.split(',')
    .map(name => name.trim())
    .filter(name => name && name !== 'none')
    .flatMap(name => known({ ...place, value: { [name]: null } }) ?? []);

const both = object({ composite: list(known), composite_list: names });

/** `propagator`. */
export const propagator = piece(both, ({ composite, composite_list: more }): InitOptions => {
  if (!composite && !more) return {};
  const propagation = [...new Set([...(composite ?? []), ...(more ?? [])])];
  return { telemetry: { context: { propagation } } };
});
