// CPU of a span from its start to 1, 2 and 4 collectors over HTTP, protobuf: ours with as many OTLP backends against as many BatchSpanProcessors with
// OpenTelemetry's exporter. Each runs in a process of its own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startCollector } from './collector.mjs';
import { median, report } from './measure.mjs';

const ROUNDS = 5;
const COUNTS = [1, 2, 4];
const KINDS = ['ours', 'raw'];

const collector = await startCollector();
const contenders = COUNTS.flatMap(count => KINDS.map(kind => ({ kind, count })));
const rounds = [];
for (let round = 0; round < ROUNDS; round++) {
  const figures = {};
  for (const { kind, count } of contenders) figures[kind + count] = await measure(kind, count);
  rounds.push(figures);
}
for (const count of COUNTS) {
  const microseconds = kind => median(rounds.map(figures => figures[kind + count].microseconds)) / 1_000;
  const { delivered, ended } = rounds[0][`ours${count}`];
  const { delivered: deliveredRaw } = rounds[0][`raw${count}`];
  console.log(`${`spans delivered to ${count}`.padEnd(46)} ${delivered}, raw ${deliveredRaw}, of ${ended * count}`);
  const figures = { ours: microseconds('ours'), raw: microseconds('raw'), unit: 'us', aim: '<= 1.0' };
  report(`CPU per span with backends: ${count}`, figures);
}
process.exit();

async function measure(kind, count) {
  const endpoints = Array.from({ length: count }, (_, index) => `${collector}/backend-${index}`);
  const child = fork(new URL('./export-child.mjs', import.meta.url), [kind, ...endpoints]);
  const [figures] = await once(child, 'message');
  return figures;
}
