// A module worker that imports one entry of @agentops/web, and says what it finds.
const entries = {
  index: () => import('@agentops/web'),
  manual: () => import('@agentops/web/manual'),
  zone: async () => {
    await import('@agentops/web/zone');
    return import('@agentops/web/manual');
  },
};

const warnings: string[] = [];
console.warn = (...parts: unknown[]) => void warnings.push(parts.join(' '));

const entry = location.search.slice(1) as keyof typeof entries;
const agentops = await entries[entry]();
const before = fetch;
agentops.init({ endpoint: '/otlp' });
agentops.init();

const echo = (await (await fetch('/backend/echo')).json()) as { headers: Record<string, string> };
postMessage({
  fetch: fetch.toString().includes('[native code]') ? 'native' : 'patched',
  warnings: warnings.join('; '),
  init: before === fetch ? 'twice, without effect' : 'patched',
  injected: JSON.stringify(agentops.injectContext({})),
  result: String(agentops.withSpan('work', () => 42)),
  promise: String(await agentops.withTool('work', async () => 43)),
  flushed: JSON.stringify(await agentops.flush()),
  sent: echo.headers['traceparent'] ?? 'no traceparent',
});
