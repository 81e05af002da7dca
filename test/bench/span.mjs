// A child span with session, agent and event attributes: ours stamps session and agent from the context, the raw set-up sets them by hand.
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { init, startSession, withAgent } from '@agentops/node';
import { compare, report } from './measure.mjs';

// A queue of one span: what is measured is the span, not the export.
const exporters = [{ export: (_, done) => done({ code: 0 }), shutdown: async () => {} }];
init({ serviceName: 'bench', telemetry: { exporters, batch: { maxQueueSize: 1, maxBatchSize: 2, delayMs: 1e9 } } });
const ourTracer = trace.getTracer('bench');

const sink = { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} };
const rawTracer = new BasicTracerProvider({ spanProcessors: [sink] }).getTracer('bench');
const rawContext = trace.setSpan(ROOT_CONTEXT, rawTracer.startSpan('parent'));

const session = startSession({ name: 'bench' });
const event = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'gpt-4o-mini',
  'gen_ai.provider.name': 'openai',
  'event.type': 'llm',
};
const byHand = { ...event, 'session.id': session.id, 'agent.id': '0b8c3f4a-5a1e-4a57-8d43-9f105f1d3f9e' };

session.run(() =>
  withAgent('bench', () => {
    const ourContext = context.active();
    const run = (tracer, attributes, ctx) => () => {
      const span = tracer.startSpan('chat gpt-4o-mini', { attributes }, ctx);
      span.setAttribute('gen_ai.usage.input_tokens', 120);
      span.end();
    };
    const { ours, raw } = compare({ ours: run(ourTracer, event, ourContext), raw: run(rawTracer, byHand, rawContext) });
    report('span with session, agent and event attributes', {
      ours: ours / 1_000,
      raw: raw / 1_000,
      unit: 'us',
      aim: '<= 1.1',
    });
  }),
);
process.exit();
