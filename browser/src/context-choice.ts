import type { ContextManager } from '@opentelemetry/api';
import { PageContextManager } from './page-context.js';

let create: () => ContextManager = () => new PageContextManager();

/** Makes the start that follows use another context manager; see `zone.ts`. */
export function chooseContextManager(other: () => ContextManager): void {
  create = other;
}

export function createContextManager(): ContextManager {
  return create();
}
