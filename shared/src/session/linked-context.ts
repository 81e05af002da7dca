import type { Context } from '@opentelemetry/api';

/** Links that are walked before the chain is copied flat: past this, walking costs more than copying now and then. */
const MAX_LINKS = 16;

/**
 * A context that holds one value and points to the context it extends. OpenTelemetry's own copies a map and makes three closures for each value
 * that is set, and a request sets half a dozen.
 */
export class LinkedContext implements Context {
  readonly #parent: Context;
  readonly #key: symbol | undefined;
  readonly #value: unknown;
  readonly #links: number;

  constructor(parent: Context, key?: symbol, value?: unknown) {
    this.#parent = parent;
    this.#key = key;
    this.#value = value;
    this.#links = parent instanceof LinkedContext ? parent.#links + 1 : 0;
  }

  getValue(key: symbol): unknown {
    if (this.#key === key) return this.#value;
    let at = this.#parent;
    while (at instanceof LinkedContext) {
      if (at.#key === key) return at.#value;
      at = at.#parent;
    }
    return at.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new LinkedContext(this.#links < MAX_LINKS ? this : this.#flat(), key, value);
  }

  deleteValue(key: symbol): Context {
    return this.setValue(key, undefined);
  }

  /** The same values on OpenTelemetry's kind of context, where each is found at once. */
  #flat(): Context {
    const values = new Map<symbol, unknown>(this.#key && [[this.#key, this.#value]]);
    let at = this.#parent;
    while (at instanceof LinkedContext) {
      if (at.#key && !values.has(at.#key)) values.set(at.#key, at.#value);
      at = at.#parent;
    }
    return [...values].reduce((ctx, [key, value]) => ctx.setValue(key, value), at);
  }
}
