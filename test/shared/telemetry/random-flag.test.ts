import { describe, it, expect } from '#runner';
import { keepRandomFlag } from '@agentops/shared/telemetry/random-flag';
import { INVALID_SPAN_CONTEXT, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { SPAN_ID, TRACE_ID } from '../support.js';

const tracer = keepRandomFlag(new BasicTracerProvider()).getTracer('test');
const below = (traceFlags: number) =>
  trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags, isRemote: true });
const flagsIn = (ctx = ROOT_CONTEXT, options = {}) => tracer.startSpan('span', options, ctx).spanContext().traceFlags;

describe('the random flag', () => {
  it('is set on a trace that starts here', () => {
    expect(flagsIn()).toBe(3);
    expect(flagsIn(below(1), { root: true })).toBe(3);
    expect(flagsIn(trace.setSpanContext(ROOT_CONTEXT, INVALID_SPAN_CONTEXT))).toBe(3);
  });

  it.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
  ])('is that of the trace: flags %d go on as %d', (arrived, expected) => {
    expect(flagsIn(below(arrived))).toBe(expected);
  });

  it('is set where the trace is not sampled', () => {
    const unsampled = keepRandomFlag(new BasicTracerProvider({ sampler: new AlwaysOffSampler() })).getTracer('test');
    expect(unsampled.startSpan('span', {}, ROOT_CONTEXT).spanContext().traceFlags).toBe(2);
  });

  it('reaches the children', () => {
    tracer.startActiveSpan('parent', {}, ROOT_CONTEXT, parent => {
      const ctx = trace.setSpan(ROOT_CONTEXT, parent);
      expect([parent.spanContext().traceFlags, flagsIn(ctx)]).toEqual([3, 3]);
    });
  });

  it('leaves the context that all suppressed spans share', () => {
    expect(flagsIn(suppressTracing(ROOT_CONTEXT))).toBe(0);
    expect(flagsIn(suppressTracing(below(3)))).toBe(0);
    expect(INVALID_SPAN_CONTEXT.traceFlags).toBe(0);
  });

  it('is kept by every tracer, each wrapped once', () => {
    const provider = keepRandomFlag(new BasicTracerProvider());
    const startSpan = provider.getTracer('one').startSpan;
    expect(provider.getTracer('one').startSpan).toBe(startSpan);
    expect(provider.getTracer('other', '1').startSpan('span', {}, ROOT_CONTEXT).spanContext().traceFlags).toBe(3);
  });
});
