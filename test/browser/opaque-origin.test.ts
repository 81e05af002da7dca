import { afterEach, describe, expect, it } from '#runner';
import { createBackend, isFor, until } from '../support/browser-collector.js';
import { openFrame, pageHtml, removeFrames, servePage } from '../support/browser-frames.js';

afterEach(removeFrames);

const configFor = (endpoint: string) =>
  `<meta name="agentops" content='{"endpoint":"${endpoint}","telemetry":{"batch":{"delayMs":20}}}'>`;

describe('a frame', () => {
  it('from srcdoc has the origin of the page around it', async () => {
    const backend = createBackend();
    const element = document.createElement('iframe');
    element.srcdoc = pageHtml(configFor(backend.path('')), 'bare');
    document.body.append(element);
    const window = () => element.contentWindow as unknown as { agentops?: object; fetch: typeof fetch };
    await until(() => window().agentops, 'the start');
    await window().fetch(backend.path('echo'));
    expect((await backend.requests(1))[0]?.headers['traceparent']).toBeTruthy();
    await backend.span(isFor(backend.path('echo')));
    element.remove();
  });

  it('of an opaque origin trusts no origin, and works', async () => {
    const backend = createBackend();
    const target = new URL(backend.path('echo'), location.href).href;
    const run = `<script>addEventListener('load', () => {
      const started = setInterval(() => {
        if (!globalThis.agentops) return;
        clearInterval(started);
        fetch('${target}').then(response => response.text());
        const request = new XMLHttpRequest();
        request.open('GET', 'data:text/plain,x');
        request.onloadend = () => fetch('${target}?xhr=' + request.status + '&failures=' + failures.length);
        request.send();
      }, 20);
    })</script>`;
    // A sandboxed page may load modules only where the server allows it; the script build has none.
    const element = document.createElement('iframe');
    element.sandbox.add('allow-scripts');
    element.src = await servePage({
      start: 'none',
      head: `${configFor(new URL(backend.path(''), location.href).href)}<script src="/browser/dist/agentops.min.js"></script><script>globalThis.agentops = AgentOps</script>${run}`,
    });
    document.body.append(element);
    const requests = await backend.requests(2);
    expect(requests.map(({ headers }) => [headers['origin'], headers['traceparent'], headers['baggage']])).toEqual([
      ['null', undefined, undefined],
      ['null', undefined, undefined],
    ]);
    expect(requests.some(({ url }) => url.endsWith('failures=0'))).toBe(true);
    element.remove();
  });

  it('hands its Request to the fetch of another', async () => {
    const backend = createBackend();
    const frame = await openFrame(await servePage({ start: 'none' }), { waitForStart: false });
    const other = await openFrame(await servePage());
    const request = new frame.window.Request(backend.path('echo'), { method: 'PUT', headers: { 'x-own': '1' } });
    await other.window.fetch(request);
    const [recorded] = await backend.requests(1);
    expect([recorded?.method, recorded?.headers['x-own']]).toEqual(['PUT', '1']);
    expect(recorded?.headers['traceparent']).toBeTruthy();
  });
});
