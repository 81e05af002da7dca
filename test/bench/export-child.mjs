// One contender of export.mjs: ends spans at the pace an exporter can follow, and tells what CPU a thousand took.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { ATTRIBUTES, setUp } from './contender.mjs';

const [kind, endpoint] = process.argv.slice(2);
const SPANS = 50_000;
const EACH_TURN = 100;

const finish = await setUp(kind, endpoint);
const tracer = trace.getTracer('bench');
const attributes = ATTRIBUTES[kind];
const run = async spans => {
  for (let span = 0; span < spans; span++) {
    tracer.startSpan('chat gpt-4o-mini', { attributes }).end();
    if (span % EACH_TURN === 0) await nextTurn();
  }
};
const WARM_UP = SPANS / 10;
await run(WARM_UP);
const before = process.cpuUsage();
await run(SPANS);
const delivered = await finish();
const { user, system } = process.cpuUsage(before);
process.send({ microseconds: ((user + system) * 1_000) / SPANS, delivered, ended: WARM_UP + SPANS }, () =>
  process.exit(),
);
