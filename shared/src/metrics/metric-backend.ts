/** Taken, but for `rejected` data points; or not. */
export type MetricOutcome =
  | { readonly rejected: number }
  | {
      readonly error: Error;
      readonly retry: boolean;
      /** Whether it takes no metrics at all. */
      readonly refused?: boolean;
      /** What the backend asks for before the next attempt. */
      readonly waitMs?: number | undefined;
    };

/** One place that metrics go to, and how it is spoken to. */
export interface MetricBackend {
  /** Its URL, without secrets. */
  readonly name: string;
  /** One attempt. Never rejects. */
  send(body: Uint8Array<ArrayBuffer>, timeoutMs: number): Promise<MetricOutcome>;
  shutdown?(): void;
}
