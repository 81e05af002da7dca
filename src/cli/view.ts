import { formatTree } from '../viewer/reading/print.js';
import { startViewer, type Viewer } from '../viewer/server.js';
import { type Command, type OptionValues, UsageError } from './command.js';
import { createQuietPrinter } from './quiet-printer.js';

const MAX_PORT = 65_535;

export const viewCommand: Command = {
  usage: 'view [--port 4318] [--host 127.0.0.1] [--print]',
  summary: 'Receives OpenTelemetry traces on this machine and shows them, live, in a page.',
  options: {
    port: { type: 'string', default: '4318' },
    host: { type: 'string', default: '127.0.0.1' },
    print: { type: 'boolean', default: false },
  },
  help: [
    ['--port <number>', 'where to listen; 0 picks a free port'],
    ['--host <address>', 'which address to listen on; anything but loopback lets others see your traces'],
    ['--print', 'also print each trace as a tree, when it has been quiet for a second'],
  ],
  run: view,
};

async function view(values: OptionValues): Promise<number> {
  const printer = createQuietPrinter(traceId => printTrace(viewer, traceId));
  const viewer = await startViewer({
    port: parsePort(values['port']),
    host: String(values['host']),
    onSpans(spans) {
      if (!values['print']) return;
      for (const traceId of new Set(spans.map(span => span.traceId))) printer.touch(traceId);
    },
  });
  process.stdout.write(greeting(viewer.url));
  await interrupted();
  printer.close();
  await viewer.close();
  return 0;
}

function parsePort(value: OptionValues[string]): number {
  const port = Number(value);
  if (!value || !Number.isInteger(port) || port < 0 || port > MAX_PORT) {
    throw new UsageError(`--port must be a number from 0 to ${MAX_PORT}, not "${value}"`);
  }
  return port;
}

function greeting(url: string): string {
  return [
    '',
    `  AgentOps viewer   ${url}`,
    `  OTLP endpoint     ${url}/v1/traces  (http/json, http/protobuf)`,
    '',
    `  Send traces here with  init({ endpoint: '${url}' })  or  OTEL_EXPORTER_OTLP_ENDPOINT=${url}`,
    '  Stop with Ctrl+C.',
    '',
    '',
  ].join('\n');
}

/** The trace may have been evicted, or cleared in the page, while it was quiet. */
function printTrace({ store }: Viewer, traceId: string): void {
  const trace = store.trace(traceId);
  if (trace) process.stdout.write(`${formatTree(trace, { color: wantsColor() })}\n\n`);
}

function wantsColor(): boolean {
  return process.stdout.isTTY === true && !process.env['NO_COLOR'];
}

function interrupted(): Promise<void> {
  return new Promise(resolve => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
