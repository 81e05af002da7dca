import type { Context } from '@opentelemetry/api';
import type { ReadableSpan, Span } from '@opentelemetry/sdk-trace-base';
import type { BackendHealth, FlushResult } from '../api.js';
import type { LastSend } from '../export/last-send.js';
import { startTimer } from '../timers.js';
import { isSampled } from './batch.js';
import { RESOURCE_WAIT_MS } from './detectors.js';
import { QueueStep } from './queue-step.js';

type Resource = ReadableSpan['resource'];

/** Starts and ends of spans that wait; beyond them none does. */
const MAX_HELD = 20_000;

/** How long a flush waits for the resource: a process that ends has 2 s in all. */
const FLUSH_WAIT_MS = 1_000;

/**
 * Holds back what happens to spans whose resource is still being found out, and then has it happen in its order. Whoever has no time left gets it as
 * it is.
 */
export class ResourceGate extends QueueStep {
  #held: (() => void)[] = [];
  #ended = 0;
  #opened: Promise<void> | undefined;
  /** Those that have been waited for. */
  readonly #known = new WeakSet<Resource>();

  override onStart(span: Span, parent: Context): void {
    if (this.#isKnown(span) || !this.notesStarts) this.next.onStart(span, parent);
    else this.#hold(span, () => this.next.onStart(span, parent));
  }

  override onEnd(span: ReadableSpan): void {
    // What is not sampled goes nowhere, or comes once more when its trace is kept after all.
    if (this.#isKnown(span) || !isSampled(span)) return this.next.onEnd(span);
    this.#ended++;
    this.#hold(span, () => this.next.onEnd(span));
  }

  override async forceFlush(): Promise<void> {
    await this.#openSoon();
    return this.next.forceFlush();
  }

  override async shutdown(): Promise<void> {
    await this.#openSoon();
    return this.next.shutdown();
  }

  override leave(over?: boolean): void {
    this.#open();
    this.next.leave(over);
  }

  override leaveSync(): LastSend {
    this.#open();
    return this.next.leaveSync();
  }

  override report(): FlushResult {
    return this.#withHeld(this.next.report());
  }

  override health(): BackendHealth {
    return this.#withHeld(this.next.health());
  }

  #isKnown({ resource }: ReadableSpan): boolean {
    return !resource.asyncAttributesPending || this.#known.has(resource);
  }

  #hold({ resource }: ReadableSpan, happen: () => void): void {
    this.#held.push(happen);
    const open = () => {
      this.#known.add(resource);
      this.#open();
    };
    if (this.#held.length > MAX_HELD) open();
    else this.#opened ??= settled(resource).then(open);
  }

  async #openSoon(): Promise<void> {
    if (!this.#opened) return;
    await Promise.race([this.#opened, after(FLUSH_WAIT_MS)]);
    this.#open();
  }

  #open(): void {
    const held = this.#held;
    this.#held = [];
    this.#ended = 0;
    this.#opened = undefined;
    for (const happen of held) happen();
  }

  #withHeld<T extends FlushResult>(counted: T): T {
    return { ...counted, pending: counted.pending + this.#ended };
  }
}

/** Resolves when the resource is known, or nobody waits for it any longer. */
async function settled(resource: Resource): Promise<void> {
  await Promise.race([resource.waitForAsyncAttributes?.(), after(RESOURCE_WAIT_MS)]).catch(() => {});
}

function after(ms: number): Promise<void> {
  return new Promise(resolve => startTimer(resolve, ms));
}
