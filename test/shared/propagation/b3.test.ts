import { describe, it, expect } from '#runner';
import { createB3Propagator } from '@agentops/shared/propagation/b3';
import { b3StateIn } from '@agentops/shared/propagation/b3-state';
import { carrierGetter } from '@agentops/shared/propagation/carrier';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { SPAN_ID, TRACE_ID } from '../support.js';

// Both read both encodings; either will do.
const propagator = createB3Propagator('single');
const SHORT = '463ac35c9f6413ad';
const PADDED = `0000000000000000${SHORT}`;
const PARENT = '05e3ac9a4f6e3b90';
const IDS = `${TRACE_ID}-${SPAN_ID}`;
const MULTI = { 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID };

/** `sampled`, or what a span context cannot say. */
function read(carrier: object): [traceId: string | undefined, state: unknown] {
  const ctx = propagator.extract(ROOT_CONTEXT, carrier, carrierGetter);
  const spanContext = trace.getSpanContext(ctx);
  if (spanContext) expect(spanContext).toMatchObject({ spanId: SPAN_ID, isRemote: true });
  const said = b3StateIn(ctx);
  const flag = spanContext && String(spanContext.traceFlags);
  return [spanContext?.traceId, said ? (said.state ?? 'open') : flag];
}

describe('the b3 header', () => {
  it.each([
    ['accept', `${IDS}-1`, TRACE_ID, '1'],
    ['deny', `${IDS}-0`, TRACE_ID, '0'],
    ['debug', `${IDS}-d`, TRACE_ID, 'd'],
    ['no state', IDS, TRACE_ID, 'open'],
    ['a state and a parent', `${IDS}-0-${PARENT}`, TRACE_ID, '0'],
    ['debug and a parent', `${IDS}-d-${PARENT}`, TRACE_ID, 'd'],
    ['a parent and no state', `${IDS}-${PARENT}`, TRACE_ID, 'open'],
    ['64 bits', `${SHORT}-${SPAN_ID}-1`, PADDED, '1'],
    ['64 bits and a parent', `${SHORT}-${SPAN_ID}-1-${PARENT}`, PADDED, '1'],
    ['64 bits and no state', `${SHORT}-${SPAN_ID}`, PADDED, 'open'],
    ['upper case', `${IDS}-d`.toUpperCase(), TRACE_ID, 'd'],
    ['white space around it', ` \t${IDS}-1 \t`, TRACE_ID, '1'],
    ['deny alone', '0', undefined, '0'],
    ['accept alone', '1', undefined, '1'],
    ['debug alone', 'd', undefined, 'd'],
    ['deny alone in white space', ' 0 ', undefined, '0'],
  ])('is read with %s', (_title, b3, traceId, state) => {
    expect(read({ b3 })).toEqual([traceId, state]);
  });

  it.each([
    ['nothing', ''],
    ['a dash', '-'],
    ['an unknown state alone', '2'],
    ['a word alone', 'true'],
    ['two states', '0-1'],
    ['text before', `x${IDS}-1`],
    ['hex before', `a${IDS}-1`],
    ['text behind', `${IDS}-1x`],
    ['a dash behind', `${IDS}-1-`],
    ['an empty state', `${IDS}-`],
    ['an empty state before a parent', `${IDS}--${PARENT}`],
    ['a line behind', `${IDS}-1\nx`],
    ['a line break behind', `${IDS}-1\n`],
    ['an unknown state', `${IDS}-2`],
    ['a state of two characters', `${IDS}-11`],
    ['a word for a state', `${IDS}-true`],
    ['a dash for a parent', `${IDS}-1--`],
    ['a bad parent', `${IDS}-1-xyz`],
    ['a parent of 128 bits', `${IDS}-1-${TRACE_ID}`],
    ['two parents', `${IDS}-1-${PARENT}-${PARENT}`],
    ['a trace id alone', TRACE_ID],
    ['no span id', `${TRACE_ID}-1`],
    ['a trace id of 31 digits', `${TRACE_ID.slice(1)}-${SPAN_ID}-1`],
    ['a trace id of 33 digits', `0${IDS}-1`],
    ['a trace id of 15 digits', `${SHORT.slice(1)}-${SPAN_ID}-1`],
    ['a trace id of 17 digits', `0${SHORT}-${SPAN_ID}-1`],
    ['a trace id of 24 digits', `${TRACE_ID.slice(8)}-${SPAN_ID}-1`],
    ['a trace id of 48 digits', `${SHORT}${IDS}-1`],
    ['a short span id', `${TRACE_ID}-${SPAN_ID.slice(1)}-1`],
    ['a long span id', `${TRACE_ID}-${SPAN_ID}0-1`],
    ['a trace id that is not hex', `g${TRACE_ID.slice(1)}-${SPAN_ID}-1`],
    ['a span id that is not hex', `${TRACE_ID}-g${SPAN_ID.slice(1)}-1`],
    ['a trace id of zeros', `${'0'.repeat(32)}-${SPAN_ID}-1`],
    ['a short trace id of zeros', `${'0'.repeat(16)}-${SPAN_ID}-1`],
    ['a span id of zeros', `${TRACE_ID}-${'0'.repeat(16)}-1`],
    ['two of them in one line', `${IDS}-1,${IDS}-1`],
  ])('says nothing with %s', (_title, b3) => {
    expect(read({ b3 })).toEqual([undefined, undefined]);
  });
});

describe('the x-b3 headers', () => {
  it.each<[string, object, string]>([
    ['accept', { 'x-b3-sampled': '1' }, '1'],
    ['accept of an old tracer', { 'x-b3-sampled': 'true' }, '1'],
    ['deny', { 'x-b3-sampled': '0' }, '0'],
    ['deny of an old tracer', { 'x-b3-sampled': 'False' }, '0'],
    ['debug', { 'x-b3-flags': '1' }, 'd'],
    ['debug over deny', { 'x-b3-flags': '1', 'x-b3-sampled': '0' }, 'd'],
    ['flags of 0', { 'x-b3-flags': '0', 'x-b3-sampled': '0' }, '0'],
    ['flags of another value', { 'x-b3-flags': '3', 'x-b3-sampled': '1' }, '1'],
    ['no state', {}, 'open'],
    ['an empty state', { 'x-b3-sampled': '' }, 'open'],
    ['a state that is none', { 'x-b3-sampled': 'd' }, 'open'],
    ['a hostile state', { 'x-b3-sampled': 'constructor' }, 'open'],
    ['the first of several states', { 'x-b3-sampled': ['0', '1'] }, '0'],
    ['a parent', { 'x-b3-parentspanid': PARENT, 'x-b3-sampled': '1' }, '1'],
    ['a parent that is none', { 'x-b3-parentspanid': '-', 'x-b3-sampled': '1' }, '1'],
  ])('are read with %s', (_title, rest, state) => {
    expect(read({ ...MULTI, ...rest })).toEqual([TRACE_ID, state]);
  });

  it.each<[string, object, string]>([
    ['accept', { 'x-b3-sampled': '1' }, '1'],
    ['deny', { 'x-b3-sampled': '0' }, '0'],
    ['debug', { 'x-b3-flags': '1' }, 'd'],
    ['debug over deny', { 'X-B3-Flags': '1', 'X-B3-Sampled': '0' }, 'd'],
    ['deny beside ids that are none', { 'x-b3-traceid': 'x', 'x-b3-spanid': SPAN_ID, 'x-b3-sampled': '0' }, '0'],
    ['deny beside half of the ids', { 'x-b3-traceid': TRACE_ID, 'x-b3-sampled': '0' }, '0'],
  ])('say %s alone', (_title, carrier, state) => {
    expect(read(carrier)).toEqual([undefined, state]);
  });

  it('are read in any letter case and with 64 bits', () => {
    const carrier = { 'X-B3-TraceId': SHORT.toUpperCase(), 'X-B3-SPANID': SPAN_ID.toUpperCase(), 'X-B3-Sampled': '1' };
    expect(read(carrier)).toEqual([PADDED, '1']);
  });

  it.each<[string, object]>([
    ['no trace id', { 'x-b3-spanid': SPAN_ID }],
    ['no span id', { 'x-b3-traceid': TRACE_ID }],
    ['a long trace id', { ...MULTI, 'x-b3-traceid': `${TRACE_ID}0` }],
    ['a trace id of 24 digits', { ...MULTI, 'x-b3-traceid': TRACE_ID.slice(8) }],
    ['a bad span id', { ...MULTI, 'x-b3-spanid': 'x'.repeat(16) }],
    ['a span id of 128 bits', { ...MULTI, 'x-b3-spanid': TRACE_ID }],
    ['a trace id of zeros', { ...MULTI, 'x-b3-traceid': '0'.repeat(32) }],
    ['a span id of zeros', { ...MULTI, 'x-b3-spanid': '0'.repeat(16) }],
    ['flags of 0 alone', { 'x-b3-flags': '0' }],
  ])('say nothing with %s', (_title, carrier) => {
    expect(read(carrier)).toEqual([undefined, undefined]);
  });
});

describe('both encodings at once', () => {
  it.each<[string, string, [string | undefined, string]]>([
    ['the single one where it is valid', `${SHORT}-${SPAN_ID}-0`, [PADDED, '0']],
    ['the single one where it is a state alone', '0', [undefined, '0']],
    ['the others where it is bad', 'nonsense', [TRACE_ID, '1']],
    ['the others where its ids are zeros', `${'0'.repeat(32)}-${SPAN_ID}-0`, [TRACE_ID, '1']],
    ['the others where it is empty', '', [TRACE_ID, '1']],
  ])('are read by %s', (_title, b3, expected) => {
    expect(read({ ...MULTI, 'x-b3-sampled': '1', b3 })).toEqual(expected);
  });
});
