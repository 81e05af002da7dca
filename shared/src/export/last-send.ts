import type { TlsOptions } from '../config/exporter-options.js';

/** A request of a process that has no further turn of its event loop, for whoever sends it in its place. */
export interface ExitRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** PEM texts. */
  readonly tls?: TlsOptions | undefined;
  /** @default 'http' */
  readonly protocol?: 'http' | 'grpc';
}

/** What one backend is still to be sent when its process ends. */
export interface LastSend {
  readonly requests: readonly ExitRequest[];
  /** Told once, when nothing more is waited for, which of them were taken. */
  settle(taken: readonly boolean[]): void;
}
