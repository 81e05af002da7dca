import { guard, patch, type Instruments } from '@agentops/shared';
import { createXhrCalls } from './xhr-calls.js';

type Method<K extends 'open' | 'setRequestHeader' | 'send'> = Parameters<XMLHttpRequest[K]>;

/** Opens a span for every `XMLHttpRequest`, and adds the headers its destination may have; of redirects holds what holds of `fetch`. */
export function instrumentXhr(instruments: Instruments): () => void {
  const calls = createXhrCalls(instruments);
  const { prototype } = XMLHttpRequest;
  const undo = [
    patch(prototype, 'open', open => {
      return function (this: XMLHttpRequest, ...args: Method<'open'>) {
        const restore = guard('tracing a request', () => calls.open(this, args[0], args[1]));
        try {
          return open.apply(this, args);
        } catch (error) {
          restore?.();
          throw error;
        }
      };
    }),
    patch(prototype, 'setRequestHeader', set => {
      return function (this: XMLHttpRequest, ...args: Method<'setRequestHeader'>) {
        const hold = () => args.length > 1 && calls.hold(this, String(args[0]).toLowerCase(), String(args[1]));
        if (!guard('tracing a request', hold)) set.apply(this, args);
      };
    }),
    patch(prototype, 'send', send => {
      return function (this: XMLHttpRequest, ...args: Method<'send'>) {
        const span = guard('tracing a request', () => calls.send(this));
        try {
          return send.apply(this, args);
        } catch (error) {
          span?.fail(error);
          throw error;
        }
      };
    }),
    () => guard('shutting down', () => calls.releaseAll()),
  ];
  return () => undo.forEach(restore => restore());
}
