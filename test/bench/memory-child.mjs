// One contender of memory.mjs.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { ATTRIBUTES, setUp } from './contender.mjs';

const [kind, ...endpoints] = process.argv.slice(2);
const MILLION = 1_000_000;
const EACH_TURN = 100;
/** Resident memory goes up and down with the garbage collector: the highest of a stretch tells more than one look. */
const LOOK_EACH = 10_000;

const { finish } = await setUp(kind, endpoints);
const tracer = trace.getTracer('bench');
const attributes = ATTRIBUTES[kind];
const early = await peak(MILLION);
await peak(3 * MILLION);
const late = await peak(MILLION);
process.send({ early, late, delivered: await finish(), ended: 5 * MILLION }, () => process.exit());

async function peak(spans) {
  let highest = 0;
  for (let span = 0; span < spans; span++) {
    tracer.startSpan('chat gpt-4o-mini', { attributes }).end();
    if (span % EACH_TURN === 0) await nextTurn();
    if (span % LOOK_EACH === 0) highest = Math.max(highest, process.memoryUsage.rss());
  }
  return highest;
}
