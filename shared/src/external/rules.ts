import type { Problem } from './diagnosis.js';
import type { Facts } from './diagnose.js';
import { search } from './search.js';

/*
 * What goes wrong between two set-ups of OpenTelemetry in one page or process. Each rule looks for one thing.
 */

const PROCESSOR = "createSpanProcessor() of '@agentops/node/otel' or '@agentops/web/otel' among its spanProcessors";

export const RULES = [
  apiCopies,
  invisible,
  noProvider,
  withoutProcessor,
  besides,
  sameEndpoint,
  httpTwice,
  propagator,
  noContext,
];

function apiCopies({ copies }: Facts): Problem | false {
  const versions = [
    ...new Set(copies.filter(({ name }) => name === '@opentelemetry/api').map(({ version }) => version)),
  ];
  return (
    versions.length > 1 && {
      what: `@opentelemetry/api is installed in versions ${versions.join(' and ')}`,
      consequence:
        'only the one that registers first can register anything; a newer one sees nothing of what an older one has registered',
      remedy:
        'have one version for all: `npm ls @opentelemetry/api` says who wants which, `overrides` in package.json decides',
    }
  );
}

function invisible({ isVisible, own }: Facts): Problem | false {
  return (
    !isVisible &&
    !!own && {
      what: 'what is registered with OpenTelemetry was registered by another version of @opentelemetry/api than AgentOps uses',
      consequence: 'AgentOps has no context here: spans have no parents, and nothing travels with requests',
      remedy: 'have one version of @opentelemetry/api',
    }
  );
}

function noProvider({ own, provider }: Facts): Problem | false {
  return (
    !!own?.processor &&
    !provider && {
      what: 'AgentOps is to use the provider of the app, and none is registered',
      consequence: 'nothing is recorded, unless one was given to init()',
      remedy: 'register a TracerProvider, or leave telemetry.useExternalOtel out',
    }
  );
}

/** Where no processor at all is come across, the provider is of a kind that cannot be looked into. */
function withoutProcessor({ own, provider, found }: Facts): Problem | false {
  const processors = [...found.objects].filter(object => typeof (object as { onEnd?: unknown }).onEnd === 'function');
  return (
    !!own?.processor &&
    !!provider &&
    !processors.includes(own.processor) && {
      what: "the provider of the app has no processor of AgentOps's",
      consequence:
        "only AgentOps's own spans carry session, agent and baggage, and go to AgentOps's backends; those of other instrumentations do not",
      remedy: `make it with ${PROCESSOR}`,
    }
  );
}

function besides({ own, provider }: Facts): Problem | false {
  return (
    !!own &&
    !own.processor &&
    !!provider && {
      what: 'two tracer providers: one of the app, and one of AgentOps',
      consequence: 'each backend gets the spans of its own side, of one trace',
      remedy: `nothing needs to be done. For all spans in both: telemetry.useExternalOtel for init(), and for the provider ${PROCESSOR}`,
    }
  );
}

function sameEndpoint({ own, found, backends }: Facts): Problem | false {
  const [both] = backends.filter(backend => found.urls.has(backend));
  if (!both) return false;
  const isGiven = !!own?.processor && found.objects.has(own.processor);
  return {
    what: `the provider of the app and AgentOps both export to ${both}`,
    consequence: isGiven ? 'every span arrives twice there' : 'what both sides trace, such as requests, is there twice',
    remedy:
      'leave the endpoint to one of them: without endpoint and exporters AgentOps stamps spans, and exports nothing',
  };
}

function httpTwice({ httpByOthers, own }: Facts): Problem | false {
  return (
    httpByOthers &&
    !!own && {
      what: 'HTTP is also traced by another instrumentation',
      consequence: own.processor
        ? 'a request has two spans where both are on'
        : 'each side has its own spans of requests',
      remedy:
        'with one provider, have one of the two only: no HTTP instrumentation beside init(), or createSpanProcessor() without init()',
    }
  );
}

function propagator({ own, propagator: registered }: Facts): Problem | false {
  // It may be one of several in a composite one.
  if (!own || !registered || search(registered).objects.has(own.propagator)) return false;
  const lacking = own.propagator.fields().filter(field => !registered.fields().includes(field));
  return {
    what: `the propagator that is registered is not AgentOps's${lacking.length ? `, and does not know ${lacking.join(', ')}` : ''}`,
    consequence:
      'baggage added to a session travels with requests that AgentOps traces, and by injectContext(), not with those that others trace',
    remedy: 'register createPropagator() of the same entry in its place',
  };
}

function noContext({ contextTaken, own }: Facts): Problem | false {
  return (
    !contextTaken &&
    !!own && {
      what: 'no context manager is registered',
      consequence: 'nothing is active anywhere: spans have no parents, sessions no scopes',
      remedy:
        'context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()), or provider.register() in 2.x',
    }
  );
}
