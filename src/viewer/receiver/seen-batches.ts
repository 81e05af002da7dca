/** Spans of so many batches may be on the screen before a sender gives up repeating one of them. */
export const MAX_SEEN_BATCHES = 10_000;

/** Longer ones are no ids of ours, and are not kept. */
const MAX_ID_LENGTH = 64;

export interface SeenBatches {
  has(id: string | undefined): boolean;
  add(id: string | undefined): void;
}

/** The ids of the batches that came last, so that one which is sent again is not taken again. */
export function createSeenBatches(max = MAX_SEEN_BATCHES): SeenBatches {
  const ids = new Set<string>();
  return {
    has: id => id !== undefined && ids.has(id),
    add(id) {
      if (!id || id.length > MAX_ID_LENGTH) return;
      ids.add(id);
      const [oldest] = ids;
      if (ids.size > max && oldest !== undefined) ids.delete(oldest);
    },
  };
}
