import { afterEach, beforeEach } from '#runner';
import { diagnostics } from '@agentops/shared/diagnostics';
import { fullTelemetry } from '@agentops/shared/telemetry/full';
import { createFullSampling } from '@agentops/shared/telemetry/sampling-full';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { start, stop } from '../support.js';

/** What the toolkit has warned of in the test that runs, each time it did; every test ends with the client stopped. */
export function useWarnings(): () => readonly string[] {
  const { warn } = diagnostics;
  let warnings: string[] = [];
  beforeEach(() => {
    warnings = [];
    diagnostics.warn = (_key, message) => void warnings.push(message);
  });
  afterEach(() => {
    diagnostics.warn = warn;
    return stop();
  });
  return () => warnings;
}

/** An exporter, and the names of the spans it got. */
export function memory() {
  const got: string[] = [];
  const state = { isFlushed: false, isShutDown: false };
  const exporter = {
    export(spans: ReadableSpan[], done: (result: { code: number }) => void) {
      got.push(...spans.map(({ name }) => name));
      done({ code: 0 });
    },
    forceFlush: async () => void (state.isFlushed = true),
    shutdown: () => {
      state.isShutDown = true;
      return Promise.resolve();
    },
  };
  return { got, state, exporter: exporter as never };
}

/** The same, with the spans. */
export function keeping() {
  const spans: ReadableSpan[] = [];
  const exporter = {
    export(batch: ReadableSpan[], done: (result: { code: number }) => void) {
      spans.push(...batch);
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
  return { spans, names: () => spans.map(({ name }) => name), exporter: exporter as never };
}

export function startServer() {
  const common = memory();
  const { client } = start(
    { telemetry: { exporters: [common.exporter] } },
    { ...fullTelemetry, createSampling: createFullSampling, sessionPerRequest: true },
  );
  return { client, common };
}
