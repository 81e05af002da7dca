import { describe, expect, it } from 'vitest';
import { createStore, type StoreChange } from '../../../src/viewer/store/store.js';
import { makeSpan, spanId, traceId } from './span-samples.js';

describe('store', () => {
  it('summarizes a trace', () => {
    const store = createStore();
    store.add([
      makeSpan(2, {
        parentSpanId: spanId(1),
        service: 'researcher',
        startMs: 1_100,
        durationMs: 900,
        status: { code: 'error' },
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.usage.input_tokens': 30,
          'gen_ai.usage.output_tokens': 12,
        },
      }),
      makeSpan(1, { name: 'POST /ask', startMs: 1_000, durationMs: 500, attributes: { 'session.id': 's-1' } }),
    ]);
    expect(store.summaries()).toEqual([
      {
        traceId: makeSpan(1).traceId,
        name: 'POST /ask',
        rootService: 'planner',
        services: ['planner', 'researcher'],
        startTimeUnixMs: 1_000,
        durationMs: 1_000,
        spanCount: 2,
        errorCount: 1,
        droppedSpans: 0,
        sessionIds: ['s-1'],
        llmCalls: 1,
        tokens: 42,
      },
    ]);
  });

  it('names a trace after its earliest orphan until the root arrives', () => {
    const store = createStore();
    store.add([
      makeSpan(2, { parentSpanId: spanId(1), startMs: 5 }),
      makeSpan(3, { parentSpanId: spanId(2), startMs: 4 }),
    ]);
    expect(store.summaries()[0]?.name).toBe('span 2');
    store.add([makeSpan(1, { startMs: 9 })]);
    expect(store.summaries()[0]?.name).toBe('span 1');
  });

  it('keeps the last of several spans with one id', () => {
    const store = createStore();
    store.add([makeSpan(1, { name: 'first', status: { code: 'error' } })]);
    store.add([makeSpan(1, { name: 'second' })]);
    expect(store.summaries()[0]).toMatchObject({ name: 'second', spanCount: 1, errorCount: 0 });
  });

  it('lists the newest trace first and filters by session', () => {
    const store = createStore();
    const inSession = { attributes: { 'session.id': 's-2' } };
    store.add([
      makeSpan(1, { traceId: traceId(1), startMs: 1 }),
      makeSpan(1, { traceId: traceId(2), startMs: 3, ...inSession }),
    ]);
    store.add([makeSpan(1, { traceId: traceId(3), startMs: 2, ...inSession })]);
    const ids = (sessionId?: string) => store.summaries(sessionId).map(summary => summary.traceId);
    expect(ids()).toEqual([traceId(2), traceId(3), traceId(1)]);
    expect(ids('s-2')).toEqual([traceId(2), traceId(3)]);
  });

  it('evicts the trace that has been quiet for longest, whole', () => {
    const store = createStore({ maxSpans: 4 });
    store.add([makeSpan(1, { traceId: traceId(1) }), makeSpan(2, { traceId: traceId(1) })]);
    store.add([makeSpan(1, { traceId: traceId(2) })]);
    store.add([makeSpan(3, { traceId: traceId(1) })]);
    store.add([makeSpan(1, { traceId: traceId(3) })]);
    expect(store.trace(traceId(2))).toBeUndefined();
    expect(store.trace(traceId(1))?.spans).toHaveLength(3);
    expect(store.trace(traceId(3))?.spans).toHaveLength(1);
  });

  it('holds no more traces than it may', () => {
    const store = createStore({ maxTraces: 2 });
    store.add([1, 2, 3].map(id => makeSpan(1, { traceId: traceId(id), startMs: id })));
    expect(store.summaries().map(summary => summary.traceId)).toEqual([traceId(3), traceId(2)]);
  });

  it('evicts by size, and forgets the size of what it evicted', () => {
    const store = createStore({ maxBytes: 1_000_000 });
    for (let id = 1; id <= 20; id += 1) {
      store.add([makeSpan(1, { traceId: traceId(id), attributes: { text: 'x'.repeat(200_000) } })]);
    }
    expect(store.summaries()).toHaveLength(2);
  });

  it('refuses spans beyond what one trace may hold, but still takes corrections', () => {
    const store = createStore({ maxSpansPerTrace: 2 });
    expect(store.add([makeSpan(1), makeSpan(2), makeSpan(3)])).toBe(1);
    expect(store.add([makeSpan(2, { name: 'corrected' })])).toBe(0);
    expect(store.summaries()[0]).toMatchObject({ spanCount: 2, droppedSpans: 1 });
    expect(store.trace(makeSpan(1).traceId)?.spans.map(span => span.name)).toEqual(['span 1', 'corrected']);
  });

  it('gives only what came after a version', () => {
    const store = createStore();
    store.add([makeSpan(1), makeSpan(2)]);
    const { version } = store.trace(makeSpan(1).traceId) ?? { version: 0 };
    store.add([makeSpan(3), makeSpan(1, { name: 'again' })]);
    const names = store.trace(makeSpan(1).traceId, version)?.spans.map(span => span.name);
    expect(names).toEqual(['again', 'span 3']);
  });

  it('tells what changed, what was removed, and when it was cleared', () => {
    const store = createStore({ maxTraces: 1 });
    const changes: StoreChange[] = [];
    const unsubscribe = store.subscribe(change => changes.push(change));
    store.add([makeSpan(1, { traceId: traceId(1) })]);
    store.add([makeSpan(1, { traceId: traceId(2) })]);
    store.clear();
    unsubscribe();
    store.add([makeSpan(1, { traceId: traceId(3) })]);
    expect(changes).toEqual([
      { type: 'changed', traceIds: [traceId(1)] },
      { type: 'changed', traceIds: [traceId(2)] },
      { type: 'removed', traceIds: [traceId(1)] },
      { type: 'cleared' },
    ]);
  });

  it('takes 100,000 spans of one burst without keeping more than it may', () => {
    const store = createStore({ maxSpans: 10_000 });
    const spans = Array.from({ length: 100_000 }, (_, index) =>
      makeSpan(index + 1, { traceId: traceId(1 + (index >> 6)) }),
    );
    store.add(spans);
    const kept = store.summaries().reduce((sum, summary) => sum + summary.spanCount, 0);
    expect(kept).toBeLessThanOrEqual(10_000);
    expect(kept).toBeGreaterThan(9_900);
  });
});
