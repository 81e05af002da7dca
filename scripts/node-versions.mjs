// The other versions of Node that tests run on: as npm has them, in npx's cache, so that each is fetched once.
import { execFileSync } from 'node:child_process';

const RELEASES = { 22: '22.23.3', 24: '24.21.0' };

const WHO_IS_IT = '[process.version, process.execPath].join()';

/**
 * The newest of a major version that is known to work.
 * @throws Error when there is none of it, or npm did not install it
 */
export function ensureNode(major) {
  const release = RELEASES[major];
  if (!release) throw new Error(`--node takes ${Object.keys(RELEASES).join(', ')}, not ${major}`);
  const args = ['exec', '--yes', `--package=node@${release}`, '--', 'node', '--print', WHO_IS_IT];
  const [version, executable] = execFileSync('npm', args, { encoding: 'utf8' }).trim().split(',');
  // Where npm runs no install scripts, the package is empty, and the Node that runs this answers.
  if (version !== `v${release}`) throw new Error(`npm installed no Node ${release}: ${version} answers`);
  return { version, executable };
}
