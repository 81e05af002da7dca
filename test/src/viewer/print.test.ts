import { describe, expect, it } from 'vitest';
import { formatTree } from '../../../src/viewer/reading/print.js';
import { makeSpan, spanId, TRACE_ID } from './span-samples.js';

const run = [
  makeSpan(1, {
    name: 'click: ask',
    service: 'web',
    startMs: 0,
    durationMs: 2_410,
    resource: { 'telemetry.sdk.language': 'webjs' },
    attributes: { 'session.id': 's-1', 'tenant.id': 'acme' },
  }),
  makeSpan(2, {
    name: 'POST /ask',
    parentSpanId: spanId(1),
    kind: 'server',
    startMs: 10,
    durationMs: 2_300,
    attributes: { 'session.id': 's-1', 'tenant.id': 'acme' },
  }),
  makeSpan(3, {
    name: 'chat gpt-4o',
    parentSpanId: spanId(2),
    startMs: 20,
    durationMs: 812.4,
    attributes: { 'gen_ai.operation.name': 'chat' },
    status: { code: 'error', message: 'rate\nlimited' },
  }),
  makeSpan(4, { name: 'lookup.tool', parentSpanId: spanId(2), startMs: 900, durationMs: 0.42 }),
  makeSpan(5, {
    name: 'late',
    parentSpanId: spanId(99),
    startMs: 950,
    durationMs: 5,
    attributes: { 'agentops.context.inferred': true },
  }),
];

describe('printed tree', () => {
  it('draws the tree in aligned columns under its head', () => {
    expect(formatTree({ traceId: TRACE_ID, spans: run })).toBe(
      [
        `trace ${TRACE_ID}  web, planner · 5 spans · 1 error · 2.41 s`,
        'session s-1 · tenant.id=acme',
        'P click: ask         web      2.41 s',
        '└─ S POST /ask       planner   2.3 s',
        '   ├─ L chat gpt-4o  planner  812 ms  ✗ rate\ufffdlimited',
        '   └─ T lookup.tool  planner  420 µs',
        '· late               planner    5 ms  (parent missing)  (parent inferred)',
      ].join('\n'),
    );
  });

  it('colours only when told to', () => {
    const escape = '\u001b[';
    expect(formatTree({ traceId: TRACE_ID, spans: run })).not.toContain(escape);
    expect(formatTree({ traceId: TRACE_ID, spans: run }, { color: true })).toContain(escape);
  });

  it('lets no span write to the terminal what is not text', () => {
    const name = 'a\u001b[2Jb\u202ec\u0007';
    const printed = formatTree({ traceId: TRACE_ID, spans: [makeSpan(1, { name, service: name })] });
    // oxlint-disable-next-line no-control-regex
    expect(printed).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(printed).toContain('a\ufffd[2Jb\ufffdc\ufffd');
  });

  it('cuts a long name and a long trace', () => {
    const spans = Array.from({ length: 30 }, (_, index) => makeSpan(index + 1, { name: 'n'.repeat(100) }));
    const lines = formatTree({ traceId: TRACE_ID, spans }, { maxRows: 10 }).split('\n');
    expect(lines).toHaveLength(12);
    expect(lines[1]).toContain(`${'n'.repeat(63)}…  `);
    expect(lines.at(-1)).toBe('… 20 more spans');
  });

  it('prints the start of a chain of 20,000 spans', () => {
    const spans = Array.from({ length: 20_000 }, (_, index) => makeSpan(index + 1, { parentSpanId: spanId(index) }));
    expect(formatTree({ traceId: TRACE_ID, spans }).split('\n').at(-1)).toBe('… 19500 more spans');
  });
});
