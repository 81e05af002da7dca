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
    // `arguments` rather than a rest parameter: see `patch`.
    return function emitBound(this: Bound, event: string | symbol, value?: unknown) {
      const binding = this[BINDING];
      binding?.observe?.(event, value);
      if (!binding || this.listenerCount(event) === 0) return emit.apply(this, arguments as never);
      return context.with(binding.context, emit as () => boolean, this, ...(arguments as never));
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
