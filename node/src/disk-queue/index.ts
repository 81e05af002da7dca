import { resolve } from 'node:path';
import type { EncodedBatch, Spool, SpoolWanted } from '@agentops/shared';
import { DiskBudget } from './budget.js';
import { QueueFolder } from './folder.js';
import { createLeaver } from './owner.js';
import { DiskSpool } from './spool.js';

const DEFAULT_MAX_BYTES = 256 * 2 ** 20;

/** Makes the disk queues of one client, which share their limit. */
export function createSpools(): (wanted: SpoolWanted) => Spool<EncodedBatch> | undefined {
  let budget: DiskBudget | undefined;
  const leaver = createLeaver();
  return ({ backend, destination, options, tally }) => {
    const { folder, maxBytes = DEFAULT_MAX_BYTES } = options.telemetry?.diskQueue ?? {};
    // What is kept for nobody in particular anybody might be sent.
    if (!folder || !destination) return undefined;
    budget ??= new DiskBudget(maxBytes);
    const place = new QueueFolder(resolve(folder), destination, leaver);
    return new DiskSpool({ folder: place, budget, backend, tally });
  };
}
