import { readFileSync } from 'node:fs';

/** From the package's own manifest, which stands two folders up from both src/cli and dist/cli. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}
