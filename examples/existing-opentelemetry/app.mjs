// An app that has its own OpenTelemetry 2.x, and gives it two parts of AgentOps's. Prints who gets which span.
import { trace } from '@opentelemetry/api';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { createPropagator, createSpanProcessor, diagnose, flush, session, withAgent } from '@agentops/node/otel';

/** Stands for an exporter to a backend. */
function printAs(backend) {
  return {
    export(spans, done) {
      for (const { name, attributes } of spans) console.log(`${backend}: ${name} [tenant ${attributes['tenant.id']}]`);
      done({ code: 0 });
    },
    shutdown: async () => {},
  };
}

const options = {
  telemetry: { exporters: [printAs('AgentOps')], context: { baggageAttributes: ['tenant.id'] } },
};

const provider = new NodeTracerProvider({
  spanProcessors: [new BatchSpanProcessor(printAs('your backend')), createSpanProcessor(options)],
});
provider.register({ propagator: createPropagator(options) });

session.addBaggage('tenant.id', 'acme');
await trace.getTracer('app').startActiveSpan('work', async span => {
  await withAgent('planner', () => trace.getTracer('app').startSpan('look up').end());
  span.end();
});

await provider.forceFlush();
await flush();
for (const { name, owner, holder = '' } of diagnose().globals) console.log(name, owner, holder);
