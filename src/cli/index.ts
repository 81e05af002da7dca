// The bin `agentops`. Imported by nobody; only src/cli may write to the terminal.
import { runCommand } from './commands.js';

void runCommand(process.argv.slice(2)).then(code => {
  process.exitCode = code;
});
