import { describe, it, expect } from '#runner';
import type { MemorySpan } from '@agentops/shared';
import { createMemoryExporter } from '@agentops/shared/export/memory';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

const named = (...names: string[]) => names.map(name => ({ name }) as ReadableSpan);

describe('a memory exporter', () => {
  it('keeps the latest spans in the array that it is given', () => {
    const spans: MemorySpan[] = [];
    const exporter = createMemoryExporter(spans, 3);
    const codes: number[] = [];
    exporter.export(named('a', 'b'), ({ code }) => codes.push(code));
    expect(spans.map(({ name }) => name)).toEqual(['a', 'b']);
    exporter.export(named('c', 'd'), ({ code }) => codes.push(code));
    expect(spans.map(({ name }) => name)).toEqual(['b', 'c', 'd']);
    expect(codes).toEqual([0, 0]);
  });

  it('takes a batch that is larger than what it keeps, and than a call may have arguments', () => {
    const spans: MemorySpan[] = [];
    createMemoryExporter(spans).export(
      Array.from({ length: 200_000 }, (_, index) => named(String(index))[0] as ReadableSpan),
      () => {},
    );
    expect([spans.length, spans.at(-1)?.name]).toEqual([10_000, '199999']);
  });
});
