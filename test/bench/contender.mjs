// The two contenders of a bench that runs in a process of its own: a set-up that makes spans and sends them to each of its endpoints.

const LLM_SPAN = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'gpt-4o-mini',
  'gen_ai.usage.input_tokens': 120,
};

/** What a small LLM span is started with, so that both contenders end up with the same: ours stamps the session itself. */
export const ATTRIBUTES = {
  ours: LLM_SPAN,
  raw: { ...LLM_SPAN, 'session.id': '5f1d3f9e-5a1e-4a57-8d43-0b8c3f4a9f10' },
};

const setUps = { ours: setUpOurs, raw: setUpRaw };

/**
 * Starts `kind`; resolves with how many spans are `delivered()` so far, to all endpoints together, and how to `finish()`, which resolves with the
 * last such count.
 */
export function setUp(kind, endpoints) {
  return setUps[kind](endpoints);
}

async function setUpOurs(endpoints) {
  const { flush, init } = await import('@agentops/node');
  const exporters = endpoints.map(endpoint => ({ type: 'otlp', endpoint }));
  // The other one makes no metrics of its spans.
  const client = init({ serviceName: 'bench', telemetry: { exporters, metrics: false } });
  return {
    delivered: () => sum(client.health().backends),
    finish: async () => (await flush({ timeoutMs: 60_000 })).delivered,
  };
}

async function setUpRaw(endpoints) {
  const { NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node');
  const { BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  const exporters = endpoints.map(endpoint => countDelivered(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` })));
  const provider = new NodeTracerProvider({
    spanProcessors: exporters.map(exporter => new BatchSpanProcessor(exporter, { maxQueueSize: 10_000 })),
  });
  provider.register();
  return {
    delivered: () => sum(exporters),
    finish: async () => {
      await provider.shutdown();
      return sum(exporters);
    },
  };
}

function sum(backends) {
  return backends.reduce((total, { delivered }) => total + delivered, 0);
}

function countDelivered(exporter) {
  const counting = {
    delivered: 0,
    export: (spans, done) =>
      exporter.export(spans, result => {
        if (result.code === 0) counting.delivered += spans.length;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush(),
  };
  return counting;
}
