import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useProcesses } from '../support/node-processes.js';

const processes = useProcesses();

/** What is left of a span with three of everything. */
async function run(env: Record<string, string>, telemetry: object = {}) {
  const source = `
    import { init, shutdown } from '@agentops/node';
    import { trace } from '@opentelemetry/api';
    const spans = [];
    const exporter = {
      export: (batch, done) => { spans.push(...batch); done({ code: 0 }); },
      shutdown: async () => {},
    };
    init({ autoStartSession: false, telemetry: { ...${JSON.stringify(telemetry)}, exporters: [exporter] } });
    const three = { a: 'text', b: 'text', c: 'text' };
    const context = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
    const link = { context, attributes: three };
    const span = trace.getTracer('test').startSpan('probe', { attributes: three, links: [link, link, link] });
    for (let index = 0; index < 3; index++) span.addEvent('event', three);
    span.end();
    await shutdown();
    const [{ attributes, events, links }] = spans;
    console.log(JSON.stringify({
      text: attributes.a, attributes: Object.keys(attributes).length,
      events: events.length, ofEvent: Object.keys(events[0]?.attributes ?? {}).length,
      links: links.length, ofLink: Object.keys(links[0]?.attributes ?? {}).length,
    }));`;
  const child = await processes.programs.start(source, { env, cwd: processes.folder });
  const { stdout, stderr } = await child.ended;
  return { left: JSON.parse(stdout) as Record<string, unknown>, stderr };
}

const ALL = { text: 'text', attributes: 3, events: 3, ofEvent: 3, links: 3, ofLink: 3 };

describe('limits of spans', () => {
  it.each<[Record<string, string>, Partial<typeof ALL>]>([
    [{}, {}],
    [{ OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '2' }, { text: 'te' }],
    [{ OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '2', OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3' }, { text: 'tex' }],
    [{ OTEL_ATTRIBUTE_COUNT_LIMIT: '2' }, { attributes: 2 }],
    [{ OTEL_ATTRIBUTE_COUNT_LIMIT: '2', OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '1' }, { attributes: 1 }],
    [{ OTEL_SPAN_EVENT_COUNT_LIMIT: '0' }, { events: 0, ofEvent: 0 }],
    [{ OTEL_SPAN_LINK_COUNT_LIMIT: '1' }, { links: 1 }],
    [{ OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: '1' }, { ofEvent: 1 }],
    [{ OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: '1' }, { ofLink: 1 }],
    [{ OTEL_SPAN_LINK_COUNT_LIMIT: '1', AGENTOPS_SPAN_LIMITS_LINK_COUNT: '2' }, { links: 2 }],
  ])('by %o leave %o', async (env, left) => {
    expect(await run(env)).toEqual({ left: { ...ALL, ...left }, stderr: '' });
  });

  it('of the code go before the environment, and that before the file', async () => {
    await writeFile(
      join(processes.folder, 'agentops.yaml'),
      'telemetry: { spanLimits: { eventCount: 0, linkCount: 0, attributeCount: 1 } }',
    );
    const env = { OTEL_SPAN_EVENT_COUNT_LIMIT: '1', OTEL_SPAN_LINK_COUNT_LIMIT: '1' };
    const { left } = await run(env, { spanLimits: { eventCount: 2 } });
    expect(left).toEqual({ ...ALL, attributes: 1, events: 2, links: 1 });
  });

  it.each(['-1', 'many', '1.5'])('are ignored where they are wrong, such as "%s"', async value => {
    const { left, stderr } = await run({ OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: value, OTEL_ATTRIBUTE_COUNT_LIMIT: '2' });
    expect(left).toEqual({ ...ALL, attributes: 2 });
    expect(stderr).toContain('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT must be a whole number from 0');
  });
});
