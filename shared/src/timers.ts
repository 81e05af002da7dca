/** Timers hold no more, and fire at once when told to. */
export const MAX_TIMER_MS = 2_147_483_647;

/** A timer that does not keep a Node process alive. */
export function startTimer(run: () => void, ms: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(run, ms);
  (timer as { unref?: () => void }).unref?.();
  return timer;
}
