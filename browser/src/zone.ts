/**
 * `@agentops/web/zone`: exact context by zone.js. Import it before `@agentops/web` or before `init()`. It holds across an `await` only
 * in code whose `async` functions have been lowered, for no zone sees a native `await`. Costs zone.js: 13 kB gzipped.
 */
import { ZoneContextManager } from '@opentelemetry/context-zone';
import { chooseContextManager } from './context-choice.js';

chooseContextManager(() => new ZoneContextManager());

export { ZoneContextManager };
