import { afterEach, describe, expect, it } from '#runner';
import type { ExporterOption } from '@agentops/shared';
import { fullTelemetry } from '@agentops/shared/telemetry/full';
import type { PipelineOptions, SpanFilter } from '@agentops/shared/telemetry/pipeline-options';
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { start, stop } from '../support.js';

afterEach(stop);

/** A backend with `options` of its own, and what it got. */
function backend(options: PipelineOptions = {}): { option: ExporterOption; got: ReadableSpan[] } {
  const got: ReadableSpan[] = [];
  const exporter = {
    export(spans: ReadableSpan[], done: (result: { code: number }) => void) {
      got.push(...spans);
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
  return { option: { exporter, ...options }, got };
}

const startWith = (...options: ExporterOption[]) =>
  start({ serviceName: 'planner', telemetry: { exporters: options } }, fullTelemetry).client;

const named = (spans: ReadableSpan[], name: string) => spans.find(span => span.name === name) as ReadableSpan;

/** `a > b > c > d`, all ended from the inside out. */
function chain({ withSpan }: ReturnType<typeof startWith>): void {
  withSpan('a', () => withSpan('b', () => withSpan('c', () => withSpan('d', () => {}))));
}

const throwing = () => {
  throw new Error('no');
};

/** `child < parent` of each span, `-` for none. */
const tree = (spans: ReadableSpan[]) =>
  spans
    .map(({ name, parentSpanContext }) => {
      const parent = spans.find(span => span.spanContext().spanId === parentSpanContext?.spanId);
      return `${name} < ${parent?.name ?? (parentSpanContext ? 'unknown' : '-')}`;
    })
    .sort();

describe('a filter of one backend', () => {
  it('leaves other backends alone', async () => {
    const some = backend({ filter: { drop: [{ name: 'b' }] } });
    const all = backend();
    const client = startWith(some.option, all.option);
    chain(client);
    await client.flush();
    expect(tree(all.got)).toEqual(['a < -', 'b < a', 'c < b', 'd < c']);
    expect(tree(some.got)).toEqual(['a < -', 'c < a', 'd < c']);
  });

  it.each<[string, SpanFilter, string[]]>([
    ['two in a row', { drop: [{ name: 'b' }, { name: 'c' }] }, ['a < -', 'd < a']],
    ['the root', { drop: [{ name: 'a' }] }, ['b < -', 'c < b', 'd < c']],
    ['the innermost', span => span.name !== 'd', ['a < -', 'b < a', 'c < b']],
    ['all but some', { keep: [{ name: 'b' }, { name: 'd' }] }, ['b < -', 'd < b']],
    ['all', () => false, []],
    ['what another filter wants', { keep: [{ service: 'plan*' }], drop: [{ name: 'c' }] }, ['a < -', 'b < a', 'd < b']],
    ['nothing, when it throws', throwing, ['a < -', 'b < a', 'c < b', 'd < c']],
  ])('leaves out %s, and no orphan', async (_title, filter, expected) => {
    const some = backend({ filter });
    const client = startWith(some.option);
    chain(client);
    await client.flush();
    expect(tree(some.got)).toEqual(expected);
    expect(client.health().backends[0]).toMatchObject({ filtered: 4 - expected.length, dropped: {} });
  });

  it('gives what hangs below the first span of a process to its caller', async () => {
    const some = backend({ filter: { drop: [{ name: 'a' }] } });
    const client = startWith(some.option);
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    client.withContext(client.extractContext({ traceparent }), () => chain(client));
    await client.flush();
    expect(named(some.got, 'b').parentSpanContext).toMatchObject({ spanId: '2'.repeat(16), isRemote: true });
  });

  it('decides the same for all, whatever a span becomes after its first child has ended', async () => {
    const some = backend({ filter: { drop: [{ attributes: { noise: true } }] } });
    const client = startWith(some.option);
    client.withSpan('kept', span => {
      client.withSpan('child', () => {});
      span.setAttribute('noise', true);
    });
    client.withSpan('left out', span => {
      span.setAttribute('noise', true);
      client.withSpan('moved', () => {});
      span.setAttribute('noise', false);
    });
    await client.flush();
    expect(tree(some.got)).toEqual(['child < kept', 'kept < -', 'moved < -']);
  });

  it('keeps a root that started inside another span a root', async () => {
    const some = backend({ filter: { drop: [{ name: 'outer' }] } });
    const client = startWith(some.option);
    client.withSpan('outer', () => trace.getTracer('app').startSpan('root', { root: true }, context.active()).end());
    await client.flush();
    expect(tree(some.got)).toEqual(['root < -']);
  });

  it('works for spans that end after their parent', async () => {
    const some = backend({ filter: { drop: [{ name: 'b' }] } });
    const client = startWith(some.option);
    const a = client.startSpan('a');
    const b = a.run(() => client.startSpan('b'));
    const c = b.run(() => client.startSpan('c'));
    for (const span of [a, b, c]) span.end();
    await client.flush();
    expect(tree(some.got)).toEqual(['a < -', 'c < a']);
  });
});

/** All that exporters read, but for the attributes. */
const FIELDS: (keyof ReadableSpan)[] = [
  ...(['name', 'kind', 'spanContext', 'parentSpanContext', 'startTime', 'endTime', 'status', 'links'] as const),
  ...(['events', 'duration', 'ended', 'resource', 'instrumentationScope'] as const),
  ...(['droppedAttributesCount', 'droppedEventsCount', 'droppedLinksCount'] as const),
];

describe('redaction for one backend', () => {
  const secret = 'sk-123';

  it('hides values from it alone, in spans, events and links', async () => {
    const some = backend({ redact: ['gen_ai.*.messages', /password/g] });
    const all = backend();
    const client = startWith(some.option, all.option);
    client.withSpan('chat', { attributes: { 'gen_ai.input.messages': secret, 'gen_ai.system': 'openai' } }, span => {
      span.addEvent('told', { 'gen_ai.output.messages': secret, step: 1 });
      span.setAttributes({ password: secret, 'user.password': secret });
    });
    await client.flush();
    expect(named(some.got, 'chat').attributes).toMatchObject({
      'gen_ai.input.messages': '[redacted]',
      'gen_ai.system': 'openai',
      password: '[redacted]',
      'user.password': '[redacted]',
    });
    expect(named(some.got, 'chat').events[0]?.attributes).toEqual({ 'gen_ai.output.messages': '[redacted]', step: 1 });
    expect(named(all.got, 'chat').attributes['gen_ai.input.messages']).toBe(secret);
    expect(named(all.got, 'chat').events[0]?.attributes?.['gen_ai.output.messages']).toBe(secret);
  });

  it('goes by what a function says; one that throws hides the value', async () => {
    const some = backend({
      redact: (key, value) => {
        if (key === 'broken') throw new Error('no');
        if (key === 'gone') return undefined;
        return typeof value === 'string' ? value.replace(/\d+/, '#') : value;
      },
    });
    const client = startWith(some.option);
    client.withSpan('work', { attributes: { broken: 'x', gone: 'x', text: 'order 17', count: 17 } }, () => {});
    await client.flush();
    const { attributes } = named(some.got, 'work');
    expect(attributes).toMatchObject({ broken: '[redacted]', text: 'order #', count: 17 });
    expect('gone' in attributes).toBe(false);
  });

  const failing = (client: ReturnType<typeof startWith>) =>
    expect(() =>
      client.withSpan('work', () => {
        throw new Error(`key ${secret} is wrong`);
      }),
    ).toThrow(secret);

  it.each<[redact: PipelineOptions['redact']]>([
    [['*']],
    [['exception.*']],
    [['exception.message', 'exception.stacktrace']],
    [['status.message', 'exception.*']],
    [[/^exception\b/]],
  ])('of what %o names hides what an exception says, also as the message of the status', async redact => {
    const some = backend({ redact: redact ?? [] });
    const all = backend();
    const client = startWith(some.option, all.option);
    failing(client);
    await client.flush();
    const { events, status, attributes } = named(some.got, 'work');
    expect(JSON.stringify({ events, status, attributes })).not.toContain(secret);
    expect(status).toEqual({ code: SpanStatusCode.ERROR, message: '[redacted]' });
    expect(named(all.got, 'work').status.message).toBe(`key ${secret} is wrong`);
  });

  it('has a function change the message of the status as the message of an exception, then by its own name', async () => {
    const hide = (word: string, key: string): PipelineOptions => ({
      redact: (name, value) => (name === key && typeof value === 'string' ? value.replace(word, '#') : value),
    });
    const leave: PipelineOptions = { redact: (name, value) => (name === 'status.message' ? undefined : value) };
    const backends = [hide(secret, 'exception.message'), hide('wrong', 'status.message'), leave].map(backend);
    const client = startWith(...backends.map(({ option }) => option));
    failing(client);
    client.withSpan('fine', () => {});
    await client.flush();
    expect(backends.map(({ got }) => named(got, 'work').status)).toEqual([
      { code: SpanStatusCode.ERROR, message: 'key # is wrong' },
      { code: SpanStatusCode.ERROR, message: `key ${secret} is #` },
      { code: SpanStatusCode.ERROR },
    ]);
    expect(named(backends[0]?.got ?? [], 'fine').status.message).toBeUndefined();
  });

  it('leaves everything else of a span as it is', async () => {
    const some = backend({ redact: ['a'] });
    const all = backend();
    const client = startWith(some.option, all.option);
    client.withSpan('work', { attributes: { a: 1 } }, span => {
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
    });
    await client.flush();
    const [before, after] = [all, some].map(({ got }) => {
      const span = named(got, 'work');
      return FIELDS.map(field => (field === 'spanContext' ? span.spanContext() : span[field]));
    });
    expect(after).toEqual(before);
  });
});

describe('sampling for one backend', () => {
  it('gives it whole sessions, about as many as asked for, and the others all', async () => {
    const some = backend({ sampling: { rate: 0.25 } });
    const all = backend();
    const client = startWith(some.option, all.option);
    for (let index = 0; index < 400; index++) {
      const session = client.startSession({ id: `session-${index}` });
      session.run(() => chain(client));
      session.end();
      await client.flush();
    }
    const sessionsOf = (spans: ReadableSpan[]) => {
      const counts = new Map<unknown, number>();
      for (const { attributes } of spans)
        counts.set(attributes['session.id'], (counts.get(attributes['session.id']) ?? 0) + 1);
      return counts;
    };
    expect(sessionsOf(all.got).size).toBe(400);
    const sampled = sessionsOf(some.got);
    // Four standard deviations.
    expect(Math.abs(sampled.size - 100) < 35).toBe(true);
    expect(new Set(sampled.values())).toEqual(new Set([4]));
  });
});
