// CPU of getting 1,000 spans from `end()` to a collector over HTTP, protobuf: ours against BatchSpanProcessor and OpenTelemetry's exporter. Each
// runs in a process of its own, against a collector in this one.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { median, report } from './measure.mjs';

const ROUNDS = 5;

const collector = createServer((request, response) => {
  request.resume().on('end', () => response.setHeader('content-type', 'application/x-protobuf').end());
}).listen(0, '127.0.0.1');
await once(collector, 'listening');
const endpoint = `http://127.0.0.1:${collector.address().port}`;

const figures = { ours: [], raw: [] };
for (let round = 0; round < ROUNDS; round++) {
  for (const kind of Object.keys(figures)) {
    const child = fork(new URL('./export-child.mjs', import.meta.url), [kind, endpoint]);
    const [{ microseconds, delivered }] = await once(child, 'message');
    figures[kind].push(microseconds);
    if (round === 0) console.log(`export, spans delivered of those ended          ${kind} ${delivered}`);
  }
}
report('export CPU per 1,000 spans', {
  ours: median(figures.ours),
  raw: median(figures.raw),
  unit: 'us',
  aim: '<= 1.0',
});
process.exit();
