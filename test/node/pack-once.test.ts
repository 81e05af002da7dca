/* oxlint-disable no-restricted-imports -- what is saved shows only from within */

import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it, vi } from 'vitest';
import { packOnce } from '../../node/src/exporters/pack-once.js';

const tracer = new BasicTracerProvider().getTracer('test');
const ended = (name: string) => {
  const span = tracer.startSpan(name);
  span.end();
  return span as unknown as ReadableSpan;
};
const spans = ['one', 'two', 'three'].map(ended);
const pack = (batch: ReadableSpan[]) => ProtobufTraceSerializer.serializeRequest(batch);

describe('packing for several backends', () => {
  it('is done once for a batch that all of them are sent', () => {
    const serializeRequest = vi.fn(pack);
    const serializer = packOnce({ ...ProtobufTraceSerializer, serializeRequest });
    const bodies = [1, 2, 3, 4].map(() => serializer.serializeRequest([...spans]));
    expect(bodies).toEqual(Array(4).fill(pack(spans)));
    expect(serializeRequest).toHaveBeenCalledTimes(1);
  });

  it.each<[string, number[]]>([
    ['is shorter', [0, 1]],
    ['lacks one in the middle', [0, 2]],
    ['has them in another order', [0, 2, 1]],
    ['begins with another', [1, 2]],
    ['is empty', []],
  ])('is done for each where a batch of one %s', (_, places) => {
    const serializer = packOnce(ProtobufTraceSerializer);
    serializer.serializeRequest([...spans]);
    const others = places.map(place => spans[place] as ReadableSpan);
    expect(serializer.serializeRequest(others)).toEqual(pack(others));
  });
});
