import { createMemoryStore, isSessionId, type SessionRecord, type SessionStore } from '@agentops/shared';

const KEY = 'agentops.session';

/**
 * Keeps the session in sessionStorage (this tab), or in localStorage (all tabs of the origin). Where storage is denied, full or tampered
 * with, the page behaves as if it had none: the session lives as long as the page.
 */
export function createPageSessionStore(crossTab: boolean): SessionStore {
  const memory = createMemoryStore();
  const storage = attempt(() => (crossTab ? localStorage : sessionStorage));
  let unsaved = false;
  return {
    read() {
      const saved = attempt(() => ({ record: parse(storage?.getItem(KEY)) }));
      return unsaved || !saved ? memory.read() : saved.record;
    },
    write(record) {
      memory.write(record);
      unsaved = attempt(() => save(storage, record)) !== true;
    },
  };
}

function save(storage: Storage | undefined, record: SessionRecord | undefined): boolean {
  if (!storage) return false;
  if (record) storage.setItem(KEY, JSON.stringify(record));
  else storage.removeItem(KEY);
  return true;
}

function parse(text: string | null | undefined): SessionRecord | undefined {
  const record = text ? (JSON.parse(text) as Partial<SessionRecord> | null) : undefined;
  if (!isSessionId(record?.id) || !Number.isFinite(record.startedAtMs) || !Number.isFinite(record.lastActiveAtMs))
    return undefined;
  return record as SessionRecord;
}

function attempt<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}
