import type { ExitHooks } from '@agentops/shared';
import type { Gzip } from './compress.js';

type Listener = readonly [target: EventTarget, event: string, run: () => void];

/** Calls `run` when the page is left. It may still come back, out of the back/forward cache. */
export function onLeave(run: () => void): () => void {
  return listen([[globalThis, 'pagehide', run]]);
}

/** Leaves whenever the page may not come back: hidden is the last state a page on a phone can count on. Resumes when it does. */
export function leaveOnHide(hooks: ExitHooks, gzip: Gzip): () => void {
  const leave = () => {
    gzip.stop();
    hooks.leave();
  };
  const resume = () => {
    gzip.start();
    hooks.resume();
  };
  const onVisibility = () => (document.visibilityState === 'hidden' ? leave() : resume());
  return listen([
    [document, 'visibilitychange', onVisibility],
    [globalThis, 'pagehide', leave],
    [globalThis, 'pageshow', resume],
    [globalThis, 'online', resume],
  ]);
}

export function listen(listeners: readonly Listener[]): () => void {
  for (const [target, event, run] of listeners) target.addEventListener(event, run);
  return () => {
    for (const [target, event, run] of listeners) target.removeEventListener(event, run);
  };
}
