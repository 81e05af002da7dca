/** Calls `flush` whenever the page may not come back: hidden is the last state a page on a phone can count on. */
export function flushOnHide(flush: () => Promise<unknown>): () => void {
  const onHide = () => void flush();
  const onVisibility = () => {
    if (document.visibilityState === 'hidden') onHide();
  };
  addEventListener('pagehide', onHide);
  document.addEventListener('visibilitychange', onVisibility);
  return () => {
    removeEventListener('pagehide', onHide);
    document.removeEventListener('visibilitychange', onVisibility);
  };
}
