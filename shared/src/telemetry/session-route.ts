import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { IsolatedOptions } from '../session/isolated-options.js';
import { startTimer } from '../timers.js';
import type { SpanQueue } from './batch.js';

/** How long a session that is over waits for its open spans, such as a streamed answer, and after that for its backends. */
const WAIT_MS = 30_000;

/** The ways that one session's spans take, from its first to the last that was open when it ended. Holds nothing of the session itself. */
export class SessionRoute {
  /** Where nobody else gets its spans. */
  isolated: IsolatedOptions | undefined;
  isClosed = false;
  #processors: readonly SpanProcessor[] = [];
  queues: readonly SpanQueue[] = [];
  steps: readonly SpanProcessor[] = [];
  /** Not the spans themselves: some never end. */
  readonly #known = new WeakSet<object>();
  #open = 0;
  #lastEnded = () => {};
  /** Waits for nothing any longer. */
  giveUp = () => {};
  readonly #givenUp = new Promise<void>(resolve => (this.giveUp = resolve));

  constructor(isolated?: IsolatedOptions) {
    this.isolated = isolated;
  }

  add(queues: readonly SpanQueue[], processors: readonly SpanProcessor[] = []): void {
    this.queues = [...this.queues, ...queues];
    this.#processors = [...this.#processors, ...processors];
    this.steps = [...this.#processors, ...this.queues];
  }

  started(span: object): void {
    this.#known.add(span);
    this.#open++;
  }

  ended(span: object): void {
    if (this.#known.delete(span) && --this.#open === 0) this.#lastEnded();
  }

  /** The session is over. Resolves when nothing more is done for its spans, but for what is on its way. */
  async end(): Promise<void> {
    if (this.#open) await this.#inTime(new Promise(resolve => (this.#lastEnded = resolve)));
    this.isClosed = true;
    let isOver = false;
    await this.#inTime(this.closeAll().then(() => void (isOver = true)));
    if (!isOver) for (const queue of this.queues) queue.leave(true);
  }

  /** Processors may be those of other sessions too, and are the app's to shut down. */
  async closeAll(): Promise<void> {
    await Promise.allSettled([
      ...this.#processors.map(processor => processor.forceFlush()),
      ...this.queues.map(queue => queue.shutdown()),
    ]);
  }

  async #inTime(done: Promise<void>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>(resolve => {
      timer = startTimer(resolve, WAIT_MS);
    });
    await Promise.race([done, this.#givenUp, late]);
    clearTimeout(timer);
  }
}
