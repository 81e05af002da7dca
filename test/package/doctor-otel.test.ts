import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScratchProject, type ScratchProject } from '../support/scratch-project.js';

const run = promisify(execFile);

let project: ScratchProject;

beforeAll(async () => {
  project = await createScratchProject(
    '@opentelemetry/sdk-trace-node@2.12.0',
    'newer-api@npm:@opentelemetry/api@1.10.0',
  );
  // As a nested dependency brings it along.
  const nested = `${project.folder}/node_modules/other-sdk/node_modules/@opentelemetry`;
  await run('mkdir', ['-p', nested]);
  await run('cp', ['-r', `${project.folder}/node_modules/newer-api`, `${nested}/api`]);
});
afterAll(() => project?.remove());

async function doctor(setUp: string) {
  await project.write('instrumentation.mjs', setUp);
  const args = ['node_modules/.bin/agentops', 'doctor', '--import', 'instrumentation.mjs'];
  return run(process.execPath, args, { cwd: project.folder }).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe('agentops doctor --import', () => {
  it('says who owns what of OpenTelemetry in such a process, and what comes of it', async () => {
    const { code, stdout } = await doctor(`
      import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
      import { init } from '@agentops/node';
      new NodeTracerProvider().register();
      init();`);
    expect(code).toBe(0);
    expect(stdout).toContain("ok       trace is the app's, NodeTracerProvider\n");
    expect(stdout).toContain("ok       metrics is nobody's\n");
    expect(stdout).toMatch(/ok {7}@opentelemetry\/api 1\.9\.1 in .*node_modules/);
    expect(stdout).toContain('hint     two tracer providers');
  });

  it('finds nothing to say against ours alone', async () => {
    const { code, stdout } = await doctor(`import '@agentops/node/register'; console.log('started');`);
    expect(code).toBe(0);
    expect(stdout).toContain("trace is AgentOps's\n");
    expect(stdout).not.toContain('hint');
  });

  it('sees that two versions of the API are loaded, and that ours is not the one that registered', async () => {
    const { stdout } = await doctor(`
      import { createRequire } from 'node:module';
      import { init } from '@agentops/node';
      const { context } = createRequire(import.meta.url)('./node_modules/other-sdk/node_modules/@opentelemetry/api');
      context.setGlobalContextManager({ active: () => ({}), with: (_, fn) => fn(), bind: (_, fn) => fn, enable() {}, disable() {} });
      init();`);
    expect(stdout).toContain('@opentelemetry/api is installed in versions 1.9.1 and 1.10.0');
  });

  it('says why a set-up does not start', async () => {
    const { code, stderr } = await doctor(`throw new Error('no such exporter');`);
    expect(code).toBe(2);
    expect(stderr).toContain('no such exporter');
  });
});

describe('two versions of the API in one process', () => {
  it('keep working, each with what it can see: neither throws', async () => {
    await project.write(
      'two.mjs',
      `import { createRequire } from 'node:module';
       import { trace } from '@opentelemetry/api';
       import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
       import { init, injectContext, shutdown, withSpan } from '@agentops/node';
       const newer = createRequire(import.meta.url)('./node_modules/other-sdk/node_modules/@opentelemetry/api');
       const seen = [];
       const keep = { onStart() {}, onEnd: span => seen.push(span.name), forceFlush: async () => {}, shutdown: async () => {} };
       newer.trace.setGlobalTracerProvider(new NodeTracerProvider({ spanProcessors: [keep] }));
       init({ telemetry: { useExternalOtel: true } });
       withSpan('through ours', () => {});
       trace.getTracer('app').startSpan('through the app').end();
       await shutdown();
       console.log(seen.join());`,
    );
    expect(await project.node('two.mjs')).toBe('through ours,through the app\n');
  });
});
