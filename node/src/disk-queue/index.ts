import { resolve } from 'node:path';
import type { EncodedBatch, Spool, SpoolWanted } from '@agentops/shared';
import { DiskBudget } from './budget.js';
import { QueueFolder } from './folder.js';
import { createLeaver, hash } from './owner.js';
import { DiskSpool } from './spool.js';

const DEFAULT_MAX_BYTES = 256 * 2 ** 20;

/** Makes the disk queues of one client, which share their limit. */
export function createSpools(): (wanted: SpoolWanted) => Spool<EncodedBatch> | undefined {
  let budget: DiskBudget | undefined;
  const leaver = createLeaver();
  const names = new Map<string, number>();
  /** Two exporters of the configuration to one URL differ in their headers, and so in whose spans they may carry. */
  const numbered = (name: string) => {
    const count = names.get(name) ?? 0;
    names.set(name, count + 1);
    return count ? `${name} ${count}` : name;
  };
  return ({ backend, destination, options, tally }) => {
    const { folder, maxBytes = DEFAULT_MAX_BYTES } = options.telemetry?.diskQueue ?? {};
    if (!folder) return undefined;
    budget ??= new DiskBudget(maxBytes);
    const place = new QueueFolder(resolve(folder), destination ?? hash(numbered(backend.name)), leaver);
    return new DiskSpool({ folder: place, budget, backend, tally });
  };
}
