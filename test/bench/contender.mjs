// The two contenders of a bench that runs in a process of its own: a set-up that makes spans and, with an endpoint, sends them there.

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

/** Starts `kind`; resolves with how to finish, which resolves with how many spans were delivered. */
export function setUp(kind, endpoint) {
  return setUps[kind](endpoint);
}

async function setUpOurs(endpoint) {
  const { flush, init } = await import('@agentops/node');
  init({ serviceName: 'bench', ...(endpoint && { endpoint }) });
  return async () => (await flush({ timeoutMs: 60_000 })).delivered;
}

async function setUpRaw(endpoint) {
  const { NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node');
  if (!endpoint) {
    new NodeTracerProvider().register();
    return async () => 0;
  }
  const { BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
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
}
