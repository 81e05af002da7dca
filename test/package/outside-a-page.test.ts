import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const repository = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Calls everything a server-rendered app might call by mistake. */
const USE = `
  const result = face.withSpan('render', span => { span.setAttribute('a', 1); return 'html'; });
  face.session.addBaggage('k', 'v');
  const before = { ...globalThis };
  console.log(JSON.stringify({ result, headers: face.injectContext({}), client: typeof face.init({ endpoint: '/otlp' }).flush }));
`;

describe('outside a page', () => {
  it.each(['@agentops/web', '@agentops/web/manual'])('%s is inert in plain Node', async name => {
    const code = `const fetch = globalThis.fetch; const face = await import('${name}'); ${USE}
      if (globalThis.fetch !== fetch) throw new Error('fetch was patched');`;
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: repository });
    expect(JSON.parse(stdout)).toEqual({ result: 'html', headers: {}, client: 'function' });
    expect(stderr).toBe('');
  });

  it('has parts for a set-up in a page that do nothing in plain Node', async () => {
    const code = `import { createPropagator, createSpanProcessor, init } from '@agentops/web/otel';
      const span = { setAttribute() { throw new Error('touched'); } };
      createSpanProcessor({ endpoint: '/otlp' }).onStart(span, {});
      const carrier = {};
      createPropagator().inject({}, carrier, {});
      console.log(JSON.stringify(carrier), init({ endpoint: '/otlp' }).health().backends.length);`;
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: repository });
    expect([stdout, stderr]).toEqual(['{} 0\n', '']);
  });

  it('leaves the promises of a server alone when the zone entry is imported there', async () => {
    const code = `const Before = Promise; await import('@agentops/web/zone'); console.log(Before === Promise, typeof globalThis.Zone);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: repository });
    expect(stdout).toBe('true undefined\n');
  });

  it('is inert in a worker thread', async () => {
    const inside = `import { parentPort } from 'node:worker_threads';
      import('@agentops/web').then(face => parentPort.postMessage(face.injectContext({ a: '1' })));`;
    const code = `import { Worker } from 'node:worker_threads';
      const worker = new Worker(${JSON.stringify(inside)}, { eval: true });
      worker.on('message', message => console.log(JSON.stringify(message)));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: repository });
    expect(stdout).toBe('{"a":"1"}\n');
  });
});
