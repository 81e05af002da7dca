// One contender of burst.mjs.
import { trace } from '@opentelemetry/api';
import { ATTRIBUTES, setUp } from './contender.mjs';

const [kind, ...endpoints] = process.argv.slice(2);
const SPANS = 100_000;

const { finish } = await setUp(kind, endpoints);
const tracer = trace.getTracer('bench');
const attributes = ATTRIBUTES[kind];
for (let span = 0; span < SPANS; span++) tracer.startSpan('chat gpt-4o-mini', { attributes }).end();
process.send({ delivered: await finish(), ended: SPANS }, () => process.exit());
