/**
 * One destination that gets trace headers and baggage. A string is matched against origin + path, never the query:
 * `https://api.example.com` (all paths), `https://*.example.com/v1/*` (`*` is any run of characters), `*.example.com` (any scheme), `*`.
 * A regular expression is tested against the same text; a function gets the URL.
 */
export type Destination = string | RegExp | ((url: URL) => boolean);

/** Who may receive trace headers and baggage. */
export interface DestinationPolicy {
  /** @param url absolute; one that does not parse gets nothing */
  allows(url: string | URL): boolean;
}

/**
 * @param named destinations besides the trusted ones; `false`: nobody gets anything
 * @param isTrusted the platform's own idea of "inside": same origin in a page, private hosts on a server
 */
export function createPolicy(
  named: readonly Destination[] | false | undefined,
  isTrusted: (url: URL) => boolean,
): DestinationPolicy {
  const matchers = (named || []).map(toMatcher);
  return {
    allows(url) {
      if (named === false) return false;
      const parsed = parse(url);
      return parsed !== undefined && (isTrusted(parsed) || matchers.some(matches => matches(parsed)));
    },
  };
}

function toMatcher(destination: Destination): (url: URL) => boolean {
  if (typeof destination === 'function') return url => attempt(() => destination(url));
  // A sticky or global expression remembers where it stopped, and would match every other time.
  const pattern = typeof destination === 'string' ? globToRegExp(destination) : withoutMemory(destination);
  return url => pattern.test(url.origin + url.pathname);
}

function globToRegExp(glob: string): RegExp {
  const trimmed = (glob.includes('://') ? glob : `*://${glob}`).replace(/\/+$/, '');
  const pathStart = trimmed.indexOf('/', trimmed.indexOf('://') + 3);
  // In the host a `*` must not run on into the path: `https://*.example.com` would match `https://evil.test/x.example.com`.
  const wildcardAt = (offset: number) => (pathStart < 0 || offset < pathStart ? '[^/]*' : '.*');
  const source = trimmed.replace(/\*+|[\\^$.+?()[\]{}|]/g, (text, offset: number) =>
    text.startsWith('*') ? wildcardAt(offset) : `\\${text}`,
  );
  return new RegExp(`^${source}(?:/.*)?$`, 'i');
}

function withoutMemory(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
}

function parse(url: string | URL): URL | undefined {
  try {
    return typeof url === 'string' ? new URL(url) : url;
  } catch {
    return undefined;
  }
}

function attempt(decide: () => boolean): boolean {
  try {
    return decide() === true;
  } catch {
    return false;
  }
}
