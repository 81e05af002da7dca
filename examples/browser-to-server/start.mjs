// Runs the whole example: viewer, model, three services, page. With `--headless` it also drives the page once with a real browser, and exits
// non-zero unless the viewer has received what it should.
import { parseArgs } from 'node:util';
import { stopAll } from '../support/processes.mjs';
import { checkRun } from './check-run.mjs';
import { drivePage, photographViewer } from './drive-page.mjs';
import { startExample } from './start-example.mjs';

const { values: options } = parseArgs({
  options: {
    headless: { type: 'boolean', default: false },
    port: { type: 'string', default: '3000' },
    'viewer-port': { type: 'string', default: '4318' },
    screenshots: { type: 'string' },
  },
});

// A check must not depend on which ports happen to be free.
const ports = options.headless ? {} : { port: options.port, viewerPort: options['viewer-port'] };

try {
  const addresses = await startExample(ports);
  print(addresses);
  if (options.headless) await driveAndCheck(addresses);
  else process.once('SIGINT', () => void stopAll().then(() => process.exit()));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
if (options.headless || process.exitCode) {
  await stopAll();
  process.exit();
}

async function driveAndCheck({ page, viewer }) {
  await drivePage(page, options.screenshots);
  const { summary, faults } = await checkRun(viewer);
  if (options.screenshots) await photographViewer(viewer, options.screenshots);
  console.log(`\n${summary}`);
  for (const fault of faults) console.error(`  ✗ ${fault}`);
  if (faults.length) process.exitCode = 1;
}

function print(addresses) {
  console.log();
  for (const [name, address] of Object.entries(addresses)) console.log(`  ${name.padEnd(11)} ${address}`);
  console.log(options.headless ? '' : '\n  Open the page, ask something, and look at the viewer. Stop with Ctrl+C.\n');
}
