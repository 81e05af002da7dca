// One server of http-server.mjs. Spans are ended, batched and thrown away; where `endpoint` is given they are sent there.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';

const [kind, endpoint] = process.argv.slice(2);
const DISCARD = { export: (_, done) => done({ code: 0 }), shutdown: async () => {} };

const setUp = {
  bare: async () => answer,

  // The least that any tracing on OpenTelemetry's SDK does: one span that nobody takes, one context.
  floor: async () => {
    const { ROOT_CONTEXT, SpanKind } = await import('@opentelemetry/api');
    const { BasicTracerProvider } = await import('@opentelemetry/sdk-trace-base');
    const tracer = new BasicTracerProvider().getTracer('bench');
    const storage = new AsyncLocalStorage();
    return (request, response) => {
      const attributes = { 'http.request.method': 'GET', 'url.scheme': 'http', 'url.path': request.url };
      const span = tracer.startSpan('GET', { kind: SpanKind.SERVER, attributes }, ROOT_CONTEXT);
      response.once('close', () => span.setAttribute('http.response.status_code', response.statusCode).end());
      storage.run(span, () => answer(request, response));
    };
  },

  ours: async () => {
    const { init } = await import('@agentops/node');
    init({ serviceName: 'bench', ...(endpoint ? { endpoint } : { telemetry: { exporters: [DISCARD] } }) });
    return answer;
  },

  raw: async () => {
    const { NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node');
    const { BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
    const { registerInstrumentations } = await import('@opentelemetry/instrumentation');
    const { HttpInstrumentation } = await import('@opentelemetry/instrumentation-http');
    const exporter = endpoint ? new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }) : DISCARD;
    new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] }).register();
    registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });
    return answer;
  },
};

let answered = 0;

function answer(_request, response) {
  answered++;
  response.setHeader('content-type', 'application/json');
  response.end('{"id":42,"name":"Ada"}');
}

const handler = await setUp[kind]();
// By `require`, for that is what raw OpenTelemetry can hook without a loader.
const { createServer } = createRequire(import.meta.url)('node:http');
const server = createServer(handler).listen(0, '127.0.0.1', () => process.send(server.address().port));

// Asked for at both ends of a round.
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ answered, cpuUs: user + system, ms: performance.now() });
});
