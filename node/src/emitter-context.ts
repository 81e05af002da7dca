import type { EventEmitter } from 'node:events';
import { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { context, type Context } from '@opentelemetry/api';
import { patch } from '@agentops/shared';

const BINDING = Symbol.for('agentops.emitter-binding.v0');

interface Binding {
  readonly context: Context;
  readonly observe: ((event: string | symbol, value: unknown) => void) | undefined;
}

type Bound = EventEmitter & { [BINDING]?: Binding };

/**
 * Lets {@link bindEmitter} work for requests and responses. Their classes are patched, once, and not each of them: a method more on every object
 * cost a third of a server's throughput.
 */
export function enableBinding(): () => void {
  const undo = [IncomingMessage, ServerResponse, ClientRequest].map(({ prototype }) => enableFor(prototype));
  return () => undo.forEach(restore => restore());
}

function enableFor(prototype: EventEmitter): () => void {
  return patch(prototype, 'emit', emit => {
    return function emitBound(this: Bound, ...args: Parameters<typeof emit>) {
      const binding = this[BINDING];
      if (!binding) return emit.apply(this, args);
      const [event, value] = args;
      binding.observe?.(event, value);
      if (this.listenerCount(event) === 0) return emit.apply(this, args);
      return context.with(binding.context, () => emit.apply(this, args));
    };
  });
}

/**
 * Runs every listener of `emitter` in `ctx`: without this they run in the context of whoever emits, which for requests is the socket.
 * `observe` sees events without being a listener, for one more listener for `error` or `response` would change what Node does.
 */
export function bindEmitter(emitter: EventEmitter, ctx: Context, observe?: Binding['observe']): void {
  (emitter as Bound)[BINDING] = { context: ctx, observe };
}
