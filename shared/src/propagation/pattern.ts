/**
 * An expression for `glob` and all paths below it, in any letter case; `*` is any run of characters.
 * @param hostEnd up to there a `*` must not run on into the path: `https://*.example.com` would match `https://evil.test/x.example.com`
 */
export function globToRegExp(glob: string, hostEnd = 0): RegExp {
  const wildcardAt = (offset: number) => (offset < hostEnd ? '[^/]*' : '.*');
  const source = glob
    .replace(/\/+$/, '')
    .replace(/\*+|[\\^$.+?()[\]{}|]/g, (text, offset: number) =>
      text.startsWith('*') ? wildcardAt(offset) : `\\${text}`,
    );
  return new RegExp(`^${source}(?:/.*)?$`, 'i');
}

/** A sticky or global expression remembers where it stopped, and would match every other time. */
export function withoutMemory({ source, flags }: RegExp): RegExp {
  return new RegExp(source, flags.replace(/[gy]/g, ''));
}

/** The app's own word on a match: only a plain `true` is a yes. */
export function agrees(decide: () => boolean): boolean {
  try {
    return decide() === true;
  } catch {
    return false;
  }
}
