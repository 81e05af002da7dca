import { context } from '@opentelemetry/api';
import { guard } from '../guard.js';
import type { ContextSpan } from './span-handle.js';
import { followStream } from './follow-stream.js';

type Method = (...args: unknown[]) => unknown;
type Bag = Record<PropertyKey, unknown>;

/**
 * Ends `span` when `result` is over: at once for a value, on settling for a promise, at the end, early return, cancel or failure
 * of what is read bit by bit. What is read keeps `span` as its context. Returns what the caller gets instead of `result`: the
 * same object, save for promises (derived) and `ReadableStream`s (passed through; the engine reads those past any method).
 */
export function followResult<T>(result: T, span: ContextSpan): T {
  if ((typeof result !== 'object' && typeof result !== 'function') || result === null) return endWith(result, span);
  const follow = () => FOLLOWERS.find(([matches]) => matches(result as Bag))?.[1](result as never, span);
  return (guard('following a result', follow) as T | undefined) ?? endWith(result, span);
}

/** First match wins: a Node stream is an async iterable too. */
const FOLLOWERS: [matches: (value: Bag) => boolean, follow: (value: never, span: ContextSpan) => unknown][] = [
  [isNativePromise, followPromise],
  [value => isFunction(value['then']), followThenable],
  [value => value instanceof ReadableStream, followStream],
  [value => isFunction(value['pipe']) && isFunction(value['once']), followNodeStream],
  [value => isIterator(value, Symbol.asyncIterator), followIterator],
  [value => isFunction(value[Symbol.asyncIterator]), followAsyncIterable],
  [value => isIterator(value, Symbol.iterator) && isFunction(value['throw']), followIterator],
];

function endWith<T>(result: T, span: ContextSpan): T {
  span.succeed();
  return result;
}

/** `async` functions make native promises also where a library has replaced the global one. */
const NATIVE_PROMISE = (async () => {})().constructor;

function isNativePromise(value: Bag): boolean {
  return value.constructor === NATIVE_PROMISE || value.constructor === Promise;
}

function followPromise(promise: Promise<unknown>, span: ContextSpan): Promise<unknown> {
  return promise.then(
    value => followResult(value, span),
    error => {
      span.fail(error);
      throw error;
    },
  );
}

/**
 * Client libraries return promises that can do more (`.withResponse()`), or that start only when awaited. Both survive when the
 * object stays and only its `then` is watched.
 */
function followThenable(thenable: { then: Method }, span: ContextSpan): unknown {
  const { then } = thenable;
  let last: { value: unknown; followed: unknown } | undefined;
  const watched: Method = (onValue, onError) =>
    then.call(
      thenable,
      (value: unknown) => {
        // Whoever asks again gets the same: a stream can be followed but once.
        if (last?.value !== value) last = { value, followed: followResult(value, span) };
        const followed = last?.followed ?? value;
        return isFunction(onValue) ? onValue(followed) : followed;
      },
      (error: unknown) => {
        span.fail(error);
        if (isFunction(onError)) return onError(error);
        throw error;
      },
    );
  return define(thenable, ['then', watched], span);
}

/** Only `close` is listened to: a listener for `error` would silence an error the app does not handle. */
function followNodeStream(stream: { once: Method; closed?: boolean; errored?: unknown }, span: ContextSpan): unknown {
  const end = () => (stream.errored ? span.fail(stream.errored) : span.succeed());
  if (stream.closed) end();
  else stream.once('close', end);
  return stream;
}

function followAsyncIterable(iterable: Bag, span: ContextSpan): unknown {
  const iterate = iterable[Symbol.asyncIterator] as Method;
  const followed = () => followIterator(iterate.call(iterable) as Bag, span);
  return define(iterable, [Symbol.asyncIterator, followed], span);
}

function followIterator(iterator: Bag, span: ContextSpan): unknown {
  for (const name of ['next', 'return', 'throw']) {
    const method = iterator[name];
    if (isFunction(method)) define(iterator, [name, (...args) => step(() => method.apply(iterator, args), span)], span);
  }
  // Without a `return` of its own an iterator never learns that its reader has left.
  if (!isFunction(iterator['return'])) {
    const leave: Method = value => {
      span.succeed();
      return Promise.resolve({ done: true, value });
    };
    define(iterator, ['return', leave], span);
  }
  return iterator;
}

/** One turn of an iterator, in the span's context: a generator's body would else run in that of its reader. */
function step(turn: () => unknown, span: ContextSpan): unknown {
  let result: unknown;
  try {
    result = context.with(span.context, turn);
  } catch (error) {
    span.fail(error);
    throw error;
  }
  if (!isFunction((result as Bag | undefined)?.['then'])) return noteDone(result, span);
  return (result as Promise<unknown>).then(
    settled => noteDone(settled, span),
    (error: unknown) => {
      span.fail(error);
      throw error;
    },
  );
}

function noteDone(result: unknown, span: ContextSpan): unknown {
  if ((result as { done?: boolean } | undefined)?.done) span.succeed();
  return result;
}

/** Shadows a method on the object itself; where it is frozen the span ends now, and the object is left alone. */
function define<T extends object>(target: T, [name, value]: [PropertyKey, Method], span: ContextSpan): T {
  if (!Reflect.defineProperty(target, name, { value, configurable: true, writable: true })) span.succeed();
  return target;
}

function isIterator(value: Bag, symbol: symbol): boolean {
  return isFunction(value[symbol]) && isFunction(value['next']);
}

function isFunction(value: unknown): value is Method {
  return typeof value === 'function';
}
