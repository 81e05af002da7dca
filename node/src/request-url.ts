/**
 * The URL of a request for `path` at `origin`. A path may begin with two slashes, and must not be taken for a host then: the policy would
 * ask about the wrong one. What begins with none is the URL that a proxy is asked for.
 */
export function requestUrl(path: string, origin: string): URL {
  return path.startsWith('/') ? new URL(origin + path) : new URL(path, origin);
}
