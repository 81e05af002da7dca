import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

const HASH_DIGITS = 12;

/** Process ids mean something within one host and one namespace of it, such as a container. */
const HOST = hash(`${hostname()} ${attempt(() => readlinkSync('/proc/self/ns/pid')) ?? ''}`);

const NOBODY = 'nobody';
const UNKNOWN = '0';

/** How often an owner says that it lives, by the time of its folder. */
export const HEARTBEAT_MS = 10_000;

/** An owner that cannot be asked, such as one on another host, is dead after this silence. */
const DEAD_AFTER_MS = 6 * HEARTBEAT_MS;

/** Who owns a folder is in its name, so that one rename hands it over, to one new owner only. */
export function ownName(): string {
  return nameOf(HOST, process.pid, startTimeOf(process.pid) ?? UNKNOWN);
}

/** Names a client among those that leave folders, for as long as it lives. */
export function createLeaver(): string {
  return randomBytes(HASH_DIGITS / 2).toString('hex');
}

/** For a folder that is nobody's: anybody may take it at once, but for the client that left it. */
export function nobodysName(leaver: string): string {
  return nameOf(NOBODY, 0, leaver);
}

/** @param aliveMs when the folder was last touched, since the Unix epoch; `undefined` for what is no folder of ours */
export function isDead(name: string, aliveMs: number): boolean {
  const [host, pid, startTime, uuid, ...rest] = name.split('.');
  if (!uuid || rest.length) return false;
  if (host === NOBODY) return true;
  const isSilent = Date.now() - aliveMs > DEAD_AFTER_MS;
  if (host !== HOST) return isSilent;
  if (!isRunning(Number(pid))) return true;
  // Where start times cannot be read, another process may have got the id.
  return startTime === UNKNOWN ? isSilent : startTime !== startTimeOf(Number(pid));
}

export function isLeftBy(leaver: string, name: string): boolean {
  const [host, , by] = name.split('.');
  return host === NOBODY && by === leaver;
}

function nameOf(host: string, pid: number, startTime: string): string {
  return `${host}.${pid}.${startTime}.${randomUUID()}`;
}

/** In clock ticks since boot; Linux alone tells. */
function startTimeOf(pid: number): string | undefined {
  const status = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The second field is the program's name in parentheses, and may hold anything.
  return status?.slice(status.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD];
}

/** proc_pid_stat(5) counts from 1, and the first two fields are cut off. */
const START_TIME_FIELD = 22 - 3;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
