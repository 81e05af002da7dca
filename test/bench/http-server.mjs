// Cost of instrumentation for an HTTP server, as throughput and as CPU of the server's process: bare, with one SDK span and nothing else ("floor"),
// with ours, with raw OpenTelemetry's instrumentation-http; the last two also with export to a collector. Each runs in a process of its own; the load
// comes from this one, over plain sockets, so that the server is what is measured.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { median } from './measure.mjs';

const SOCKETS = 32;
const ROUND_MS = 1_000;
const ROUNDS = 7;

const REQUEST =
  'GET /users/42 HTTP/1.1\r\nHost: 127.0.0.1\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n' +
  'baggage: session.id=5f1d3f9e-5a1e-4a57-8d43-0b8c3f4a9f10,tenant.id=acme\r\n\r\n';

// Never asleep: waking a client is work that the kernel bills to the server, and a slower server would have to do it for more of its answers.
const stayAwake = () => setImmediate(stayAwake);
stayAwake();

const collector = createServer((request, response) => {
  request.resume().on('end', () => response.setHeader('content-type', 'application/x-protobuf').end());
}).listen(0, '127.0.0.1');
await once(collector, 'listening');
const endpoint = `http://127.0.0.1:${collector.address().port}`;

const servers = {
  bare: await start('bare'),
  floor: await start('floor'),
  ours: await start('ours'),
  raw: await start('raw'),
  'ours, exporting': await start('ours', endpoint),
  'raw, exporting': await start('raw', endpoint),
};
const names = Object.keys(servers);
const rounds = [];
for (let round = 0; round <= ROUNDS; round++) {
  const figures = {};
  for (const name of names) figures[name] = await load(servers[name]);
  // The first round warms up.
  if (round) rounds.push(figures);
}
for (const { child } of Object.values(servers)) child.kill('SIGKILL');

print('requests/s', name => median(rounds.map(round => round[name].rate)).toFixed(0));
print('CPU us/request', name => median(rounds.map(round => round[name].cpuUs)).toFixed(1));
print('throughput / bare (aim >= 0.70)', name =>
  median(rounds.map(round => round[name].rate / round.bare.rate)).toFixed(2),
);
process.exit();

async function start(...args) {
  const child = fork(new URL('./http-server-child.mjs', import.meta.url), args);
  const [port] = await once(child, 'message');
  return { child, port };
}

/** Requests a second over one round, and what CPU one of them took. */
async function load({ child, port }) {
  const sockets = Array.from({ length: SOCKETS }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.on('data', () => socket.write(REQUEST));
    socket.write(REQUEST);
    return socket;
  });
  await once(sockets.at(-1), 'data');
  const before = await usageOf(child);
  await new Promise(resolve => setTimeout(resolve, ROUND_MS));
  const after = await usageOf(child);
  for (const socket of sockets) socket.destroy();
  const answered = after.answered - before.answered;
  return { rate: (answered * 1_000) / (after.ms - before.ms), cpuUs: (after.cpuUs - before.cpuUs) / answered };
}

async function usageOf(child) {
  child.send('usage');
  const [usage] = await once(child, 'message');
  return usage;
}

function print(what, valueOf) {
  console.log(`HTTP server, ${what.padEnd(33)} ${names.map(name => `${name} ${valueOf(name)}`).join('  ')}`);
}
