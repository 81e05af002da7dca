import { createContextKey, type Context } from '@opentelemetry/api';

/** `0` deny, `1` accept, `d` debug: record whatever any sampler says. */
export type SamplingState = '0' | '1' | 'd';

/** What a B3 header says of sampling and a span context has no room for: debug, "decide yourself", and a decision without a trace. */
export interface B3State {
  /** The trace it came with; `undefined`: it came alone, and is about the trace that starts here. */
  readonly traceId: string | undefined;
  /** `undefined`: whoever receives the trace decides. */
  readonly state: SamplingState | undefined;
}

const B3_STATE = createContextKey('agentops.b3-state');

export function b3StateIn(ctx: Context): B3State | undefined {
  return ctx.getValue(B3_STATE) as B3State | undefined;
}

export function setB3State(ctx: Context, state: B3State): Context {
  return ctx.setValue(B3_STATE, state);
}

/** `ctx` itself where there is none. */
export function deleteB3State(ctx: Context): Context {
  return b3StateIn(ctx) ? ctx.deleteValue(B3_STATE) : ctx;
}
