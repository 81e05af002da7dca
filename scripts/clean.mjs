// Removes what the build of the four packages wrote.
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const packages = ['.', 'shared', 'browser', 'node'];

/** `.cache` holds the compiler's notes of what it built: left behind, it would build nothing anew. */
const built = [
  ...packages.flatMap(name => [join(name, 'dist'), join(name, '.cache')]),
  'test/.cache',
  'src/viewer/page/.cache',
];

for (const folder of built) rmSync(join(root, folder), { recursive: true, force: true });
