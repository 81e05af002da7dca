// What each entry costs a page, built by esbuild for production. The tests hold the budget (test/package/page-size.test.ts).
import { PAGE_ENTRIES, pageSize } from '../support/page-size.mjs';

for (const [entry, code] of Object.entries(PAGE_ENTRIES)) {
  const { minified, gzipped } = await pageSize(code);
  console.log(`${entry.padEnd(46)} ${kilobytes(minified)} min  ${kilobytes(gzipped)} min+gzip`);
}

function kilobytes(bytes) {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}
