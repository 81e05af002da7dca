import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { ExitRequest } from './last-send.js';

/** Spans ready to leave. */
export interface Batch {
  /** The same however often the batch is sent, so that a receiver can tell a repeat. */
  readonly id: string;
  /** How many spans. */
  readonly count: number;
  /** What it takes up in memory and in a request. */
  readonly bytes: number;
}

/** A batch in its wire format, which can be kept beyond the end of the page or process. */
export interface EncodedBatch extends Batch {
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A batch was taken, but for `rejected` of its spans. */
export interface Taken {
  readonly rejected: number;
}

export interface Failure {
  /** What `flush()` and `health()` count the spans under, if this was the last attempt. */
  readonly cause: string;
  readonly error: unknown;
  /** Whether another attempt may succeed. */
  readonly retry?: boolean;
  /** Whether the platform did not send it, of which the backend knows nothing. */
  readonly unsent?: boolean;
  /** What the backend asks for before the next attempt, in milliseconds. */
  readonly waitMs?: number | undefined;
}

/** Where the batches of one queue go. */
export interface Backend<B extends Batch> {
  /** For people; without user, password or query. */
  readonly name: string;
  /** Attempts at once. */
  readonly maxInFlight: number;
  /** Of all attempts at once, unless a single batch is larger. */
  readonly maxInFlightBytes: number;
  /** The same while the page is being left; without it `maxInFlightBytes` goes on to hold. */
  readonly maxLeavingBytes?: number | undefined;
  /** What cannot be packed throws. */
  pack(spans: readonly ReadableSpan[]): B[];
  /** One attempt. */
  send(batch: B): Promise<Taken | Failure>;
  /** The last attempt of a process that ends without another turn of its event loop, where another thread has to make it. */
  toExitRequest?: ((batch: B) => ExitRequest) | undefined;
  /** The same where it is made at once; returns which were taken. */
  sendSync?(batches: readonly B[]): readonly boolean[];
  /** Resolves when what was taken is safe, where taking it does not say so. */
  flush?(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Keeps spans beyond the end of the page or process, for one backend. Never throws. */
export interface Spool<B extends Batch> {
  /** Told of every recorded span as it starts and ends, and of the batches they end up in, in order. */
  started?(span: ReadableSpan): void;
  ended?(span: ReadableSpan): void;
  /** `batches` is empty where the spans are given up. */
  packed?(batches: readonly B[], spans: readonly ReadableSpan[]): void;
  /** Whether what is taken must come back after a failed attempt, for others may take it too after a while. */
  readonly lends?: boolean;
  /** Whether what waits is better kept now than when the page is left, which may be too late. */
  readonly isReady?: boolean;
  /** Takes batches over from memory; resolves with those it could not keep. */
  keep(batches: readonly B[]): Promise<readonly B[]>;
  /** A batch kept here or by an earlier page or process, which nobody else is delivering. */
  take(): Promise<B | undefined>;
  /** The batch was delivered or given up. */
  settled(batch: B): void;
  close(): Promise<void>;
}
