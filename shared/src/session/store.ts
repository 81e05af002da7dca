/** What is kept of a session between page loads. Times are epoch milliseconds. */
export interface SessionRecord {
  readonly id: string;
  readonly startedAtMs: number;
  readonly lastActiveAtMs: number;
  /** The session this one follows, when it expired while the user stayed. */
  readonly previousId?: string;
}

/** Where the session outside any scope is kept. Neither method throws: a store that is denied behaves like memory. */
export interface SessionStore {
  read(): SessionRecord | undefined;
  /** `undefined` forgets it: the session has ended. */
  write(record: SessionRecord | undefined): void;
}

/** Lives as long as the process or the page. */
export function createMemoryStore(): SessionStore {
  let kept: SessionRecord | undefined;
  return {
    read: () => kept,
    write: record => {
      kept = record;
    },
  };
}
