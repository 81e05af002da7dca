import '@agentops/web/pipelines';
import { afterEach, expect, it } from '#runner';
import { flush, init, shutdown, startSession, withSpan } from '@agentops/web/manual';
import { createBackend } from '../support/browser-collector.js';

afterEach(() => shutdown({ timeoutMs: 50 }));

it('a page that imports pipelines has them, and plug-ins, and backends of single sessions', async () => {
  const [all, some, own] = [createBackend(), createBackend(), createBackend()];
  init({
    telemetry: {
      exporters: [
        { type: 'otlp', endpoint: all.path('') },
        { type: 'otlp', endpoint: some.path(''), filter: { drop: [{ name: 'between' }] }, redact: ['user.*'] },
      ],
      plugins: [{ name: 'team', configureTracer: () => ({ resourceAttributes: { team: 'search' } }) }],
    },
  });
  const session = startSession();
  session.addExporter({ type: 'otlp', endpoint: own.path('') });
  withSpan('click', { attributes: { 'user.email': 'a@b.test' } }, () =>
    withSpan('between', () => withSpan('inner', () => {})),
  );
  await flush();
  const isWork = ({ name }: { name: string }) => ['click', 'between', 'inner'].includes(name);
  const [everything, filtered, ours] = [
    await all.spans(isWork, 3),
    await some.spans(isWork, 2),
    await own.spans(isWork, 3),
  ];
  const find = (spans: typeof everything, name: string) => spans.find(span => span.name === name);
  expect([everything.length, filtered.length, ours.length]).toEqual([3, 2, 3]);
  expect(find(filtered, 'inner')?.parentSpanId).toBe(find(filtered, 'click')?.spanId);
  expect(find(filtered, 'click')?.attributes['user.email']).toBe('[redacted]');
  expect(find(everything, 'click')?.attributes['user.email']).toBe('a@b.test');
  const resources = (await all.deliveries(1)).flatMap(({ json }) => json.resourceSpans);
  expect(JSON.stringify(resources[0]?.resource)).toContain('search');
});
