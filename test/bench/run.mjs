// `npm run bench`: every figure of the README, ours and raw OpenTelemetry side by side, one after the other so that none disturbs another.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const benches = ['propagation', 'span', 'http-server', 'export', 'backends', 'burst', 'memory', 'size'];
const wanted = process.argv.slice(2);
for (const bench of wanted.length ? wanted : benches) {
  const file = fileURLToPath(new URL(`./${bench}.mjs`, import.meta.url));
  const { status } = spawnSync(process.execPath, [file], { stdio: 'inherit' });
  if (status) process.exitCode = status;
}
