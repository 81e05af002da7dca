/** Calls `run` when the page is left. It may still come back, out of the back/forward cache. */
export function onLeave(run: () => void): () => void {
  addEventListener('pagehide', run);
  return () => removeEventListener('pagehide', run);
}

/** Calls `flush` whenever the page may not come back: hidden is the last state a page on a phone can count on. */
export function flushOnHide(flush: () => Promise<unknown>): () => void {
  const onVisibility = () => {
    if (document.visibilityState === 'hidden') void flush();
  };
  const stop = onLeave(() => void flush());
  document.addEventListener('visibilitychange', onVisibility);
  return () => {
    stop();
    document.removeEventListener('visibilitychange', onVisibility);
  };
}
