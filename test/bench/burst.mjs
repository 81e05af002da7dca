// 100,000 spans ended in one synchronous burst, to a healthy collector: how many arrive, and what becomes of the others.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startCollector } from './collector.mjs';

const endpoint = await startCollector();
for (const kind of ['ours', 'raw']) {
  const child = fork(new URL('./burst-child.mjs', import.meta.url), [kind, endpoint]);
  const [{ delivered, ended }] = await once(child, 'message');
  console.log(`${`burst, delivered by ${kind}`.padEnd(46)} ${delivered} of ${ended}`);
}
process.exit();
