/** `node --import @agentops/node/register app.js`: starts from the environment and the configuration file, before the app, without a line of code. */
import { diagnostics } from '@agentops/shared';
import { init } from './index.js';

try {
  init();
} catch (error) {
  // Not one line of the app asked for us: a wrong variable or file must not keep it from starting.
  diagnostics.warn('register', 'the configuration is wrong; the app runs without tracing', error);
}
