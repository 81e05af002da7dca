import { afterEach, describe, expect, it } from '#runner';
import { flush, init, shutdown, startSession, withSpan } from '@agentops/web/manual';
import { createBackend } from '../support/browser-collector.js';

afterEach(() => shutdown({ timeoutMs: 50 }));

/** One click in `session`, with a request before and one after a native `await`. */
async function click(session: string) {
  const backend = createBackend();
  init({ endpoint: backend.path(''), telemetry: { sampling: { rate: 0.1 } } });
  startSession({ id: session });
  await withSpan('click', async () => {
    await (await fetch(backend.path('echo'))).text();
    await (await fetch(backend.path('echo'))).text();
  });
  const { dropped } = await flush();
  const sent = (await backend.requests(2)).filter(({ url }) => url.endsWith('echo')).map(({ headers }) => headers);
  return { backend, sent, dropped };
}

describe('a session of a page', () => {
  it('that is sampled sends all its spans, and says so to the services', async () => {
    const { backend, sent } = await click('session-0');
    const spans = await backend.spans(span => span.attributes['session.id'] === 'session-0', 3);
    expect(spans.map(({ name }) => name).sort()).toEqual(['GET', 'GET', 'click']);
    for (const headers of sent) expect(headers['traceparent']).toMatch(/-0[13]$/);
  });

  it('that is not sends none, and its requests carry trace and session nevertheless', async () => {
    const { backend, sent, dropped } = await click('session-1');
    expect(sent.length).toBe(2);
    for (const headers of sent) {
      expect(headers['traceparent']).toMatch(/-0[02]$/);
      expect(headers['baggage']).toBe('session.id=session-1');
    }
    const names = (await backend.spans(span => span.attributes['session.id'] === 'session-1', 0)).map(
      ({ name }) => name,
    );
    expect([names, dropped]).toEqual([[], {}]);
  });
});
