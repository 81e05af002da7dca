/** `node --import @agentops/node/register app.js`: starts from the environment, before the app, without a line of code. */
import { diagnostics } from '@agentops/shared';
import { init } from './index.js';

try {
  init();
} catch (error) {
  // Not one line of the app asked for us: a wrong variable must not keep it from starting.
  diagnostics.warn('register', 'the environment is not a valid configuration; the app runs without tracing', error);
}
