import { resolve } from 'node:path';
import type { EncodedBatch, Spool, SpoolWanted } from '@agentops/shared';
import { DiskBudget } from './budget.js';
import { QueueFolder } from './folder.js';
import { DiskSpool } from './spool.js';

const DEFAULT_MAX_BYTES = 256 * 2 ** 20;

/** Makes the disk queues of one client, which share their limit. */
export function createSpools(): (wanted: SpoolWanted) => Spool<EncodedBatch> | undefined {
  let budget: DiskBudget | undefined;
  const names = new Map<string, number>();
  return ({ backend, options, tally }) => {
    const { folder, maxBytes = DEFAULT_MAX_BYTES } = options.telemetry?.diskQueue ?? {};
    if (!folder) return undefined;
    budget ??= new DiskBudget(maxBytes);
    // Two exporters to one URL differ in their headers, and so in whose spans they may carry.
    const count = names.get(backend.name) ?? 0;
    names.set(backend.name, count + 1);
    const place = new QueueFolder(resolve(folder), count ? `${backend.name} ${count}` : backend.name);
    return new DiskSpool({ folder: place, budget, backend, tally });
  };
}
