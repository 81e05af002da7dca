import { describe, it, expect } from '#runner';
import { LinkedContext } from '@agentops/shared/session/linked-context';
import { createContextKey, propagation, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';

const A = createContextKey('a');
const B = createContextKey('b');
const linked = () => new LinkedContext(ROOT_CONTEXT);

describe('a linked context', () => {
  it.each<[string, (ctx: Context) => Context]>([
    ['nothing set', ctx => ctx],
    ['a value', ctx => ctx.setValue(A, 1)],
    ['two values', ctx => ctx.setValue(A, 1).setValue(B, 2)],
    ['a value over another', ctx => ctx.setValue(A, 1).setValue(A, 2)],
    ['a value over a deeper one', ctx => ctx.setValue(A, 1).setValue(B, 2).setValue(A, 3)],
    ['undefined over a value', ctx => ctx.setValue(A, 1).setValue(A, undefined)],
    ['false and zero', ctx => ctx.setValue(A, false).setValue(B, 0)],
    ['a value deleted', ctx => ctx.setValue(A, 1).setValue(B, 2).deleteValue(A)],
    ['a value deleted and set again', ctx => ctx.setValue(A, 1).deleteValue(A).setValue(A, 2)],
    ['nothing deleted', ctx => ctx.deleteValue(A)],
  ])("answers as OpenTelemetry's own with %s", (_title, build) => {
    const [ours, theirs] = [build(linked()), build(ROOT_CONTEXT)];
    expect([A, B].map(key => ours.getValue(key))).toEqual([A, B].map(key => theirs.getValue(key)));
  });

  it('sees the values of the context it extends, and shadows them', () => {
    const ctx = new LinkedContext(ROOT_CONTEXT.setValue(A, 1).setValue(B, 2));
    expect(ctx.getValue(A)).toBe(1);
    expect(ctx.setValue(A, 3).getValue(A)).toBe(3);
    expect(ctx.deleteValue(B).getValue(B)).toBeUndefined();
  });

  it('is never changed', () => {
    const first = linked().setValue(A, 1);
    first.setValue(A, 2).setValue(B, 3);
    first.deleteValue(A);
    expect([first.getValue(A), first.getValue(B)]).toEqual([1, undefined]);
  });

  it.each([1, 15, 16, 17, 18, 33, 100])('keeps every value of a chain of %d', length => {
    const keys = Array.from({ length }, (_, index) => createContextKey(`key ${index}`));
    const steps: Context[] = [linked().setValue(A, 'first')];
    for (const [index, key] of keys.entries())
      steps.push((steps.at(-1) as Context).setValue(key, index).setValue(B, index));
    const last = steps.at(-1) as Context;
    expect(keys.map(key => last.getValue(key))).toEqual(keys.map((_, index) => index));
    expect([last.getValue(A), last.getValue(B)]).toEqual(['first', length - 1]);
    expect(steps.map(ctx => ctx.getValue(B))).toEqual([undefined, ...keys.map((_, index) => index)]);
  });

  it('keeps a deletion over a long chain', () => {
    let ctx = new LinkedContext(ROOT_CONTEXT.setValue(A, 1)).deleteValue(A);
    for (let index = 0; index < 40; index++) ctx = ctx.setValue(createContextKey('filler'), index);
    expect(ctx.getValue(A)).toBeUndefined();
  });

  it('is itself without what it never had', () => {
    const ctx = linked().setValue(A, 1);
    expect(ctx.deleteValue(B)).toBe(ctx);
  });

  it("carries spans and baggage by OpenTelemetry's functions", () => {
    const spanContext = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
    const baggage = propagation.createBaggage({ a: { value: '1' } });
    const ctx = propagation.setBaggage(trace.setSpanContext(linked(), spanContext), baggage);
    expect(trace.getSpanContext(ctx)).toEqual(spanContext);
    expect(propagation.getBaggage(ctx)).toBe(baggage);
    expect(trace.getSpan(trace.deleteSpan(ctx))).toBeUndefined();
    expect(propagation.getBaggage(propagation.deleteBaggage(ctx))).toBeUndefined();
  });
});
