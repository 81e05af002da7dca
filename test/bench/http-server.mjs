// Throughput of an HTTP server: bare, with ours, and with raw OpenTelemetry's instrumentation-http. Each runs in a process of its own; the
// load comes from this one, over plain sockets, so that the server is what is measured.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { median } from './measure.mjs';

const SOCKETS = 32;
const ROUND_MS = 1_500;
const ROUNDS = 5;

const kinds = ['bare', 'ours', 'raw'];
const servers = Object.fromEntries(await Promise.all(kinds.map(async kind => [kind, await start(kind)])));
const rates = Object.fromEntries(kinds.map(kind => [kind, []]));
for (let round = 0; round <= ROUNDS; round++) {
  for (const kind of kinds) {
    const rate = await load(servers[kind].port);
    // The first round warms up.
    if (round) rates[kind].push(rate);
  }
}
for (const { child } of Object.values(servers)) child.kill('SIGKILL');

const [bare, ours, raw] = kinds.map(kind => median(rates[kind]));
console.log(
  `HTTP server, requests/s                        bare ${bare.toFixed(0)}  ours ${ours.toFixed(0)}  raw ${raw.toFixed(0)}`,
);
console.log(
  `HTTP server, instrumented / bare               ours ${(ours / bare).toFixed(2)}  raw ${(raw / bare).toFixed(2)}  (aim >= 0.70)`,
);
process.exit();

async function start(kind) {
  const child = fork(new URL('./http-server-child.mjs', import.meta.url), [kind]);
  const [port] = await once(child, 'message');
  return { child, port };
}

/** Requests a second over one round. */
async function load(port) {
  const request =
    'GET /users/42 HTTP/1.1\r\nHost: 127.0.0.1\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n' +
    'baggage: session.id=5f1d3f9e-5a1e-4a57-8d43-0b8c3f4a9f10,tenant.id=acme\r\n\r\n';
  let answered = 0;
  const sockets = Array.from({ length: SOCKETS }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.on('data', () => {
      answered++;
      socket.write(request);
    });
    socket.write(request);
    return socket;
  });
  const startedMs = performance.now();
  await new Promise(resolve => setTimeout(resolve, ROUND_MS));
  const rate = (answered * 1_000) / (performance.now() - startedMs);
  for (const socket of sockets) socket.destroy();
  return rate;
}
