import { afterEach, describe, expect, it } from '#runner';
import { createBackend, isFor, parseParent, until, type Backend, type WireSpan } from '../support/browser-collector.js';
import { openFrame, removeFrames, servePage } from '../support/browser-frames.js';

afterEach(removeFrames);

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const OTHER = '00-11111111111111111111111111111111-2222222222222222-01';
const isWebKit = !('chrome' in globalThis) && !navigator.userAgent.includes('Firefox');
const NONE = { traceId: '', spanId: '' };

const configFor = (backend: Backend) =>
  `<meta name="agentops" content='{"endpoint":"${backend.path('')}","telemetry":{"batch":{"delayMs":20}}}'>`;
const metaOf = (value: string) => `<meta name="traceparent" content="${value}">`;
const timing = (value: string) => ({ 'server-timing': `traceparent;desc="${value}"` });

async function pageLoad(head = '', headers: Record<string, string> = {}): Promise<{ span: WireSpan; path: string }> {
  const backend = createBackend();
  const path = await servePage({ head: configFor(backend) + head, headers });
  await openFrame(`${path}?token=secret`);
  return { span: await backend.span('page load'), path };
}

describe('the span of a page’s load', () => {
  it('reaches from the navigation to the load event', async () => {
    const before = Date.now();
    const { span, path } = await pageLoad();
    const after = Date.now();
    expect(span.attributes).toMatchObject({
      'url.full': location.origin + path,
      'browser.navigation.type': 'navigate',
    });
    expect(span.parentSpanId).toBe(undefined);
    expect(span.startMs >= before - 50 && span.endMs <= after + 50 && span.endMs > span.startMs).toBe(true);
    expect(JSON.stringify(span)).not.toContain('secret');
  });

  it.each([
    ['the meta element', metaOf(TRACEPARENT), {}, TRACEPARENT],
    ['Server-Timing', '', timing(TRACEPARENT), TRACEPARENT],
    ['the meta element before Server-Timing', metaOf(TRACEPARENT), timing(OTHER), TRACEPARENT],
    ['Server-Timing when the meta element is malformed', metaOf('00-abc'), timing(OTHER), OTHER],
    ['nobody when both are malformed', metaOf('00-0-0-01'), timing('x'), ''],
    ['nobody when the trace is all zeros', metaOf(TRACEPARENT.replace(/0af[^-]*/, '0'.repeat(32))), {}, ''],
    ['nobody when the meta element is empty', metaOf(''), {}, ''],
  ])('is a child of %s', async (_title, head, headers, expected) => {
    const { span } = await pageLoad(head, headers as Record<string, string>);
    const parent = expected ? parseParent(expected) : NONE;
    expect(span.parentSpanId ?? '').toBe(parent.spanId);
    if (expected) expect(span.traceId).toBe(parent.traceId);
  });

  it('is the parent of what is requested while the page loads, until the user does something', async () => {
    const backend = createBackend();
    // The load event waits for the picture.
    const head = `${configFor(backend)}<script>
      addEventListener('DOMContentLoaded', () => {
        document.body.appendChild(new Image()).src = '${backend.path('slow?ms=2500')}';
        window.whenStarted = setInterval(run, 20);
      });
      async function run() {
        if (!globalThis.agentops) return;
        clearInterval(whenStarted);
        await fetch('${backend.path('status/200')}');
        await agentops.withSpan('click', async () => {
          await null;
          await fetch('${backend.path('status/201')}');
        });
      }
    </script>`;
    await openFrame(await servePage({ head }));
    const load = await backend.span('page load');
    const click = await backend.span('click');
    const [first, second] = await Promise.all(
      ['status/200', 'status/201'].map(route => backend.span(isFor(backend.path(route)))),
    );
    expect(first?.parentSpanId).toBe(load.spanId);
    expect(second?.parentSpanId).toBe(click.spanId);
    expect(click.parentSpanId).toBe(undefined);
  });

  it.skipIf(isWebKit /* it fires no pagehide then */)(
    'is sent when the page is left before it has loaded',
    async () => {
      const backend = createBackend();
      const path = await servePage({
        head: `${configFor(backend)}<script>addEventListener('DOMContentLoaded', () => {
        const picture = new Image();
        picture.src = '${backend.path('dead')}';
        document.body.append(picture);
      })</script>`,
      });
      const element = document.createElement('iframe');
      element.src = path;
      document.body.append(element);
      await until(() => (element.contentWindow as unknown as { agentops?: unknown }).agentops, 'the start');
      expect(await backend.spans(() => true, 0)).toEqual([]);
      element.remove();
      await backend.span('page load');
    },
  );
});
