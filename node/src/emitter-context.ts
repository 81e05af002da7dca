import type { EventEmitter } from 'node:events';
import { context, type Context } from '@opentelemetry/api';

/**
 * Runs every listener of `emitter` in `ctx`: without this they run in the context of whoever emits, which for requests is the socket.
 * `observe` sees events without being a listener, for one more listener for `error` or `response` would change what Node does.
 */
export function bindEmitter(
  emitter: EventEmitter,
  ctx: Context,
  observe: (event: string | symbol, value: unknown) => void = () => {},
): void {
  const emit = emitter.emit;
  const value = function boundEmit(this: EventEmitter, event: string | symbol, ...args: unknown[]) {
    observe(event, args[0]);
    return context.with(ctx, () => emit.call(this, event, ...args));
  };
  // Not enumerable, as it is on the prototype: a copy of the request's properties must not get it.
  Object.defineProperty(emitter, 'emit', { value, configurable: true, writable: true });
}
