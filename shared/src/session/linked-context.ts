import type { Context } from '@opentelemetry/api';

/** Links that are walked before the chain is copied flat: past this, walking costs more than copying now and then. */
const MAX_LINKS = 16;

/**
 * A context that holds one value and points to the context it extends. OpenTelemetry's own copies a map and makes three closures for each value
 * that is set, and a request sets half a dozen.
 */
export class LinkedContext implements Context {
  readonly #below: LinkedContext | undefined;
  /** What the whole chain extends. */
  readonly #base: Context;
  readonly #key: symbol | undefined;
  readonly #value: unknown;
  readonly #links: number;

  constructor(parent: Context, key?: symbol, value?: unknown) {
    const below = parent instanceof LinkedContext ? parent : undefined;
    this.#below = below;
    this.#base = below ? below.#base : parent;
    this.#key = key;
    this.#value = value;
    this.#links = below ? below.#links + 1 : 0;
  }

  getValue(key: symbol): unknown {
    if (this.#key === key) return this.#value;
    let at = this.#below;
    while (at) {
      if (at.#key === key) return at.#value;
      at = at.#below;
    }
    return this.#base.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    // What the new value hides at once needs no link of its own.
    if (this.#key === undefined || this.#key === key) return new LinkedContext(this.#below ?? this.#base, key, value);
    return new LinkedContext(this.#links < MAX_LINKS ? this : this.#flat(), key, value);
  }

  deleteValue(key: symbol): Context {
    return this.getValue(key) === undefined ? this : this.setValue(key, undefined);
  }

  /** The same values on OpenTelemetry's kind of context, where each is found at once. */
  #flat(): Context {
    const values = new Map<symbol, unknown>(this.#key && [[this.#key, this.#value]]);
    for (let at = this.#below; at; at = at.#below) if (at.#key && !values.has(at.#key)) values.set(at.#key, at.#value);
    return [...values].reduce((ctx, [key, value]) => ctx.setValue(key, value), this.#base);
  }
}
