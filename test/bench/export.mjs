// CPU of getting 1,000 spans from `end()` to a collector over HTTP, protobuf: ours against BatchSpanProcessor and OpenTelemetry's exporter. Each
// runs in a process of its own, with and without a backend: the difference is the export.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startCollector } from './collector.mjs';
import { median, report } from './measure.mjs';

const ROUNDS = 7;

const endpoint = await startCollector();
const contenders = ['ours', 'raw'].flatMap(kind => [{ kind }, { kind, endpoint }]);
const figures = { ours: { with: [], without: [] }, raw: { with: [], without: [] } };
for (let round = 0; round < ROUNDS; round++) {
  for (const contender of contenders) await measure(contender, round);
}
const exported = kind => median(figures[kind].with) - median(figures[kind].without);
report('export CPU per 1,000 spans', { ours: exported('ours'), raw: exported('raw'), unit: 'us', aim: '<= 1.0' });
report('the same with making the spans', {
  ours: median(figures.ours.with),
  raw: median(figures.raw.with),
  unit: 'us',
  aim: 'none',
});
process.exit();

async function measure({ kind, endpoint: target }, round) {
  const args = target ? [kind, target] : [kind];
  const child = fork(new URL('./export-child.mjs', import.meta.url), args);
  const [{ microseconds, delivered, ended }] = await once(child, 'message');
  figures[kind][target ? 'with' : 'without'].push(microseconds);
  if (target && round === 0) console.log(`${`export, delivered by ${kind}`.padEnd(46)} ${delivered} of ${ended}`);
}
