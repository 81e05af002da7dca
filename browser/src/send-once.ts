import type { Send } from '@agentops/shared';

/** `Send` for what a receiver would count twice if it came again. */
export interface SendOnce {
  readonly send: Send;
  /** The page may not come back. */
  leave(): void;
  /** The page is back. */
  resume(): void;
}

/**
 * What is on its way when the page is left goes on without it, and counts as taken: out of the back/forward cache a page hears of a request that was
 * answered meanwhile that it failed (Firefox: nothing at all). What goes out after it waits for no answer either: that would come too late.
 */
export function createSendOnce(send: Send): SendOnce {
  const underWay = new Set<() => void>();
  let isLeft = false;
  return {
    send: request =>
      new Promise((resolve, reject) => {
        let isKept = false;
        const leave = () => isKept && resolve({ status: 202 });
        const onKept = () => {
          isKept = true;
          if (isLeft) leave();
        };
        underWay.add(leave);
        void send({ ...request, onKept })
          .then(resolve, reject)
          .finally(() => underWay.delete(leave));
      }),
    leave() {
      isLeft = true;
      for (const leave of underWay) leave();
    },
    resume() {
      isLeft = false;
    },
  };
}
