// One contender of export.mjs: ends spans at the pace an exporter can follow, and tells what CPU a thousand took.
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { ATTRIBUTES, setUp } from './contender.mjs';

const [kind, ...endpoints] = process.argv.slice(2);
const SPANS = 50_000;
const EACH_TURN = 100;
const WARM_UP = SPANS / 10;
/** Half of what fits into raw's queue: a contender that drops spans has less to do. */
const MAX_WAITING = 5_000;

const { finish, delivered: deliveredNow } = await setUp(kind, endpoints);
const tracer = trace.getTracer('bench');
const attributes = ATTRIBUTES[kind];
let ended = 0;
const isFull = () => ended * endpoints.length - deliveredNow() > MAX_WAITING * endpoints.length;
const run = async spans => {
  for (let span = 0; span < spans; span++) {
    tracer.startSpan('chat gpt-4o-mini', { attributes }).end();
    if (++ended % EACH_TURN === 0) await nextTurn();
    while (ended % EACH_TURN === 0 && isFull()) await pause(1);
  }
};
await run(WARM_UP);
const before = process.cpuUsage();
await run(SPANS);
const delivered = await finish();
const { user, system } = process.cpuUsage(before);
process.send({ microseconds: ((user + system) * 1_000) / SPANS, delivered, ended }, () => process.exit());
