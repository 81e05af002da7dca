import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** What a page can import; an entry costs the bytes of everything that comes along with it. */
export const PAGE_ENTRIES = {
  "import '@agentops/web'": "import '@agentops/web';",
  "import { init } from '@agentops/web/manual'": "import { init } from '@agentops/web/manual'; init();",
  "import { init } from 'agentops'": "import { init } from 'agentops'; init();",
  "the first with '@agentops/web/metrics'": "import '@agentops/web/metrics'; import '@agentops/web';",
  "the first with '@agentops/web/zone' (zone.js)": "import '@agentops/web/zone'; import '@agentops/web';",
  "the first with '@agentops/web/pipelines'": "import '@agentops/web/pipelines'; import '@agentops/web';",
};

/** Bundles `code` as a production build does; resolves with its size in bytes, minified, and with gzip on top. */
export async function pageSize(code) {
  const result = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
  });
  const { contents } = result.outputFiles[0];
  return { minified: contents.byteLength, gzipped: gzipSync(contents, { level: 9 }).byteLength };
}
