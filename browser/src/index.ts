/** `@agentops/web`: the import is the start. The one module of the package with a side effect, and `sideEffects` names it. */
import { start } from './start.js';

start();

export * from './manual.js';
