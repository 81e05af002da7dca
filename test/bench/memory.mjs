// Resident memory of a process that ends 5 million spans and delivers them: after the first million, and after the last.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startCollector } from './collector.mjs';

const endpoint = await startCollector();
for (const kind of ['ours', 'raw']) {
  const child = fork(new URL('./memory-child.mjs', import.meta.url), [kind, endpoint]);
  const [{ early, late, delivered, ended }] = await once(child, 'message');
  const figures = `${mib(early)} MiB after 1M spans, ${mib(late)} MiB after 5M, growth ${(late / early).toFixed(2)}`;
  console.log(`${`memory, ${kind}`.padEnd(46)} ${figures}  (delivered ${delivered} of ${ended})`);
}
process.exit();

function mib(bytes) {
  return (bytes / 2 ** 20).toFixed(0);
}
