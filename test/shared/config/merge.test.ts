import { describe, it, expect } from '#runner';
import type { InitOptions } from '@agentops/shared/config/config';
import { mergeOptions } from '@agentops/shared/config/merge';
import { validate } from '@agentops/shared/config/validate';

const merge = (under: unknown, over: unknown) => mergeOptions(under as InitOptions, over as InitOptions);

describe('merging options', () => {
  it('lays one over the other, name by name', () => {
    const under = {
      serviceName: 'a',
      debug: true,
      telemetry: { batch: { delayMs: 1, maxBatchSize: 2 }, exporters: [] },
    };
    const over = { serviceName: 'b', telemetry: { batch: { delayMs: 3 } } };
    expect(merge(under, over)).toEqual({
      serviceName: 'b',
      debug: true,
      telemetry: { batch: { delayMs: 3, maxBatchSize: 2 }, exporters: [] },
    });
  });

  it.each<[string, unknown, unknown, unknown]>([
    ['undefined leaves what is under it', { a: 1 }, { a: undefined }, { a: 1 }],
    ['false, zero and an empty text count', { a: 1, b: 1, c: 1 }, { a: false, b: 0, c: '' }, { a: false, b: 0, c: '' }],
    ['null counts', { a: 1 }, { a: null }, { a: null }],
    ['arrays replace each other', { a: [1, 2] }, { a: [3] }, { a: [3] }],
    ['an object replaces a value', { a: 1 }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['a value replaces an object', { a: { b: 1 } }, { a: false }, { a: false }],
    ['what is no object passes through', { a: 1 }, 'text', 'text'],
    ['nothing at all leaves the rest', { a: 1 }, undefined, { a: 1 }],
  ])('%s', (_title, under, over, expected) => {
    expect(merge(under, over)).toEqual(expected);
  });

  it('changes neither', () => {
    const [under, over] = [{ telemetry: { batch: { delayMs: 1 } } }, { telemetry: { batch: { delayMs: 2 } } }];
    merge(under, over);
    expect([under.telemetry.batch.delayMs, over.telemetry.batch.delayMs]).toEqual([1, 2]);
  });

  it('takes instances for values', () => {
    class Exporter {
      readonly url = 'x';
      export(): void {}
    }
    const exporter = new Exporter();
    const merged = merge({ x: { url: 'y', more: 1 } }, { x: exporter }) as { x: unknown };
    expect(merged.x).toBe(exporter);
  });

  it('takes an object without a prototype for an object', () => {
    const over = Object.assign(Object.create(null) as object, { b: 2 });
    expect(merge({ x: { a: 1 } }, { x: over })).toEqual({ x: { a: 1, b: 2 } });
  });

  it('smuggles nothing in by __proto__', () => {
    const merged = merge({}, JSON.parse('{"__proto__": {"endpoint": "http://evil.test"}}'));
    expect((merged as { endpoint?: string }).endpoint).toBeUndefined();
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(({} as { endpoint?: string }).endpoint).toBeUndefined();
    expect(() => validate(merged)).toThrow('__proto__: is no option');
  });
});
