import { describe, expect, it } from 'vitest';
import { PAGE_ENTRIES, pageSize } from '../support/page-size.mjs';

/** In bytes, minified and with gzip on top. What an entry costs more than this has to be worth it. */
const BUDGETS: Record<keyof typeof PAGE_ENTRIES, number> = {
  "import '@agentops/web'": 33_800,
  "import { init } from '@agentops/web/manual'": 33_800,
  "import { init } from 'agentops'": 33_800,
  "the first with '@agentops/web/metrics'": 53_700,
  "the first with '@agentops/web/zone' (zone.js)": 47_200,
  "the first with '@agentops/web/pipelines'": 41_000,
};

describe('what a page pays for', () => {
  it.each(Object.entries(BUDGETS))('%s stays within %d bytes', async (entry, budget) => {
    const { gzipped } = await pageSize(PAGE_ENTRIES[entry as keyof typeof PAGE_ENTRIES]);
    expect(gzipped).toBeLessThanOrEqual(budget);
    // A budget that is far off holds nothing.
    expect(gzipped).toBeGreaterThan(budget * 0.9);
  });
});
