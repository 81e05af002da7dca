// One contender of export.mjs: ends spans at the pace an exporter can follow, and tells what CPU a thousand took.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';

const [kind, endpoint] = process.argv.slice(2);
const SPANS = 50_000;
const EACH_TURN = 100;

const setUp = {
  ours: async () => {
    const { flush, init } = await import('@agentops/node');
    init({ serviceName: 'bench', endpoint });
    return async () => (await flush({ timeoutMs: 60_000 })).delivered;
  },
  raw: async () => {
    const { BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
    const { NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node');
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
    const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces` });
    let delivered = 0;
    const counting = {
      export: (spans, done) =>
        exporter.export(spans, result => {
          if (result.code === 0) delivered += spans.length;
          done(result);
        }),
      shutdown: () => exporter.shutdown(),
      forceFlush: () => exporter.forceFlush(),
    };
    const provider = new NodeTracerProvider({
      spanProcessors: [new BatchSpanProcessor(counting, { maxQueueSize: 10_000 })],
    });
    provider.register();
    return async () => {
      await provider.shutdown();
      return delivered;
    };
  },
};

const finish = await setUp[kind]();
const tracer = trace.getTracer('bench');
const attributes = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'gpt-4o-mini',
  'gen_ai.usage.input_tokens': 120,
};
const before = process.cpuUsage();
for (let span = 0; span < SPANS; span++) {
  tracer.startSpan('chat gpt-4o-mini', { attributes }).end();
  if (span % EACH_TURN === 0) await nextTurn();
}
const delivered = await finish();
const { user, system } = process.cpuUsage(before);
process.send({ microseconds: ((user + system) * 1_000) / SPANS, delivered: `${delivered} of ${SPANS}` }, () =>
  process.exit(),
);
