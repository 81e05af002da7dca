import { defineConfig } from 'vitest/config';

/** `shared` runs in browsers too (web-test-runner.config.mjs); `browser` runs only there. */
const folders = ['shared', 'node', 'src', 'journey', 'package'];

export default defineConfig({
  resolve: { conditions: ['@agentops/source', 'node', 'module', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@agentops/source', 'node', 'module-sync', 'import', 'default'] } },
  test: {
    projects: folders.map(name => ({
      extends: true,
      test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 30_000, hookTimeout: 120_000 },
    })),
  },
});
