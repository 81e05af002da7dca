// A span that carries session, agent and event attributes: ours stamps them, raw OpenTelemetry sets them by hand.
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { init, startSession, withAgent } from '@agentops/node';
import { trace } from '@opentelemetry/api';
import { compare, report } from './measure.mjs';

const sink = { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} };
const rawTracer = new BasicTracerProvider({ spanProcessors: [sink] }).getTracer('bench');
init({
  serviceName: 'bench',
  telemetry: {
    exporters: [{ export: (_, done) => done({ code: 0 }), shutdown: async () => {} }],
    batch: { maxQueueSize: 1, delayMs: 1e9 },
  },
});
const ourTracer = trace.getTracer('bench');
const session = startSession({ name: 'bench' });
const attributes = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'gpt-4o-mini',
  'gen_ai.provider.name': 'openai',
  'event.type': 'llm',
};

session.run(() =>
  withAgent('bench', () => {
    const ctx = context.active();
    const figures = compare({
      ours: () => {
        const span = ourTracer.startSpan('chat gpt-4o-mini', { attributes }, ctx);
        span.setAttribute('gen_ai.usage.input_tokens', 120);
        span.end();
      },
      raw: () => {
        const span = rawTracer.startSpan(
          'chat gpt-4o-mini',
          { attributes: { ...attributes, 'session.id': session.id, 'agent.id': 'a' } },
          ROOT_CONTEXT,
        );
        span.setAttribute('gen_ai.usage.input_tokens', 120);
        span.end();
      },
    });
    report('span with session, agent, event attributes', {
      ours: figures.ours / 1000,
      raw: figures.raw / 1000,
      unit: 'us',
      aim: '<= 1.1',
    });
  }),
);
process.exit();
