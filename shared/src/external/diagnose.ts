import { trace, type TextMapPropagator } from '@opentelemetry/api';
import { startedClient } from '../functions.js';
import { ownGlobals, registry, type Globals } from '../telemetry/globals.js';
import { VERSION } from '../version.js';
import type { Copy, Diagnosis, GlobalOwner, Problem } from './diagnosis.js';
import { search, type Found } from './search.js';

/** What the platform can find out besides. */
export interface Surroundings {
  readonly copies: readonly Copy[];
  /** Whether requests over HTTP are also traced by others. */
  readonly httpByOthers: boolean;
}

export interface Facts extends Surroundings {
  /** `undefined` where no client runs, or one that is switched off. */
  readonly own: Globals | undefined;
  /** What the app, or another SDK in it, has registered, or has given to `init()`. */
  readonly provider: object | undefined;
  /** Of that provider. */
  readonly found: Found;
  /** Where the client sends spans. */
  readonly backends: readonly string[];
  readonly propagator: TextMapPropagator | undefined;
  readonly contextTaken: boolean;
  /** Whether our copy of the API sees what is registered. */
  readonly isVisible: boolean;
}

type Rule = (facts: Facts) => Problem | false | undefined;

/** Who owns what of OpenTelemetry here, what goes wrong by it, and what to do. */
export function diagnose(rules: readonly Rule[], surroundings: Surroundings): Diagnosis {
  const facts = gather(surroundings);
  return {
    globals: NAMES.map(name => ownerOf(name, ownGlobals())),
    copies: [...surroundings.copies],
    problems: rules.map(rule => rule(facts)).filter(problem => !!problem),
  };
}

/** What any page or process knows without looking around. */
export function knownCopies(): Copy[] {
  const { version } = registry();
  return [
    ...(typeof version === 'string' ? [{ name: '@opentelemetry/api', version }] : []),
    { name: '@agentops/shared', version: VERSION },
  ];
}

const NAMES = ['trace', 'context', 'propagation', 'metrics'] as const;

/** Where the client has each of them. */
const OWN_NAMES = {
  trace: 'provider',
  context: 'contextManager',
  propagation: 'propagator',
  metrics: undefined,
} as const;

function ownerOf(name: GlobalOwner['name'], own: Globals | undefined): GlobalOwner {
  const held = heldAt(name);
  if (!held) return { name, owner: 'nobody' };
  const ownName = OWN_NAMES[name];
  const isOwn = !!own && !!ownName && own[ownName] === held;
  const holder = held.constructor?.name;
  return { name, owner: isOwn ? 'agentops' : 'other', ...(!isOwn && holder && holder !== 'Object' && { holder }) };
}

/** The API registers a stand-in for the tracer provider, which knows the real one. */
function heldAt(name: GlobalOwner['name']): object | undefined {
  const held = registry()[name] as { getDelegate?(): object } | undefined;
  return held?.getDelegate?.() ?? held;
}

function gather(surroundings: Surroundings): Facts {
  const own = ownGlobals();
  const registered = heldAt('trace');
  const provider = registered === own?.provider ? undefined : registered;
  const stub = registry()['trace'];
  return {
    ...surroundings,
    own: own?.isOff ? undefined : own,
    provider,
    found: search(provider ?? {}),
    backends:
      startedClient()
        ?.health()
        .backends.map(({ backend }) => backend) ?? [],
    propagator: registry()['propagation'] as TextMapPropagator | undefined,
    contextTaken: !!registry()['context'],
    isVisible: !stub || stub === trace.getTracerProvider(),
  };
}
