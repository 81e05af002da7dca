import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

const source = '@agentops/source';

/** `shared` runs in browsers too (web-test-runner.config.mjs); `browser` runs only there. */
const unitProjects = ['shared', 'node', 'src'];

/** These start real processes on what was built, so they must see the packages as those do. */
const builtProjects = ['journey', 'package'];

// oxlint-disable-next-line import/no-default-export -- it is where vitest looks
export default defineConfig({
  test: { projects: [...unitProjects.map(unitProject), ...builtProjects.map(builtProject)] },
});

function unitProject(name: string): TestProjectConfiguration {
  return {
    resolve: { conditions: [source, 'node', 'module', 'import', 'default'] },
    // Without `import`: vitest starts its workers with these, and CommonJS in there would be given ES modules.
    ssr: { resolve: { conditions: [source, 'node', 'module-sync', 'default'] } },
    test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 30_000, hookTimeout: 120_000 },
  };
}

/** One file at a time, and after the others: they take ports, processors and browsers. */
function builtProject(name: string, index: number): TestProjectConfiguration {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      fileParallelism: false,
      sequence: { groupOrder: index + 1 },
      testTimeout: 120_000,
      hookTimeout: 300_000,
    },
  };
}
