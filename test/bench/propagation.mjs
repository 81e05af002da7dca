// inject and extract, W3C and baggage: ours against OpenTelemetry's propagators, on the same context and headers.
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { extractContext, init, injectContext } from '@agentops/node';
import { compare, report } from './measure.mjs';

init({ serviceName: 'bench', telemetry: { context: { propagation: ['w3c'] } } });
const raw = new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] });
const getter = { get: (carrier, key) => carrier[key], keys: carrier => Object.keys(carrier) };
const setter = { set: (carrier, key, value) => void (carrier[key] = value) };

const headers = {
  host: 'planner:3000',
  'user-agent': 'node',
  accept: '*/*',
  'content-type': 'application/json',
  'content-length': '120',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  baggage: 'session.id=5f1d3f9e-5a1e-4a57-8d43-0b8c3f4a9f10,tenant.id=acme,app.plan=pro,user.tier=gold%20plus',
};
const incomingOurs = extractContext(headers, ROOT_CONTEXT);
const incomingRaw = raw.extract(ROOT_CONTEXT, headers, getter);

const extract = compare({
  ours: () => extractContext(headers, ROOT_CONTEXT),
  raw: () => raw.extract(ROOT_CONTEXT, headers, getter),
});
report('extractContext, W3C + baggage', {
  ours: extract.ours / 1000,
  raw: extract.raw / 1000,
  unit: 'us',
  aim: '<= 0.5',
});

const inject = compare({
  ours: () => injectContext({}, incomingOurs),
  raw: () => raw.inject(incomingRaw, {}, setter),
});
report('injectContext, W3C + baggage', { ours: inject.ours / 1000, raw: inject.raw / 1000, unit: 'us', aim: '<= 0.5' });
