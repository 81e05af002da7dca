// One server of http-server.mjs: `bare`, `ours` or `raw`. Spans are ended, batched and thrown away.
import { createRequire } from 'node:module';

const DISCARD = { export: (_, done) => done({ code: 0 }), shutdown: async () => {} };

const setUp = {
  bare: async () => {},
  ours: async () => {
    const { init } = await import('@agentops/node');
    init({ serviceName: 'bench', telemetry: { exporters: [DISCARD] } });
  },
  raw: async () => {
    const { NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node');
    const { BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
    const { registerInstrumentations } = await import('@opentelemetry/instrumentation');
    const { HttpInstrumentation } = await import('@opentelemetry/instrumentation-http');
    new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(DISCARD)] }).register();
    registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });
  },
};

await setUp[process.argv[2]]();
// By `require`, for that is what raw OpenTelemetry can hook without a loader.
const { createServer } = createRequire(import.meta.url)('node:http');
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end('{"id":42,"name":"Ada"}');
}).listen(0, '127.0.0.1', () => process.send(server.address().port));
