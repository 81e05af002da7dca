import { isLlmHost } from './llm-host.js';
import { agrees, globToRegExp, withoutMemory } from './pattern.js';

/**
 * One destination, or many of a kind. A string is matched against origin + path, never the query: `https://api.example.com` (all paths),
 * `https://*.example.com/v1/*` (`*` is any run of characters), `*.example.com` (any scheme), `*`. A regular expression is tested against
 * the same text; a function gets the URL. The hosts of LLM providers are matched only by a string or an expression that spells them out.
 */
export type Destination = string | RegExp | ((url: URL) => boolean);

/** Tells whether a URL is at `destination`. */
export function toMatcher(destination: Destination): (url: URL) => boolean {
  const matches = matcherOf(destination);
  const spelled = spellingOf(destination);
  return url => {
    const host = url.hostname.replace(/\.$/, '');
    return matches(url) && (spelled.includes(host) || !isLlmHost(host));
  };
}

function matcherOf(destination: Destination): (url: URL) => boolean {
  if (typeof destination === 'function') return url => agrees(() => destination(url));
  if (typeof destination !== 'string') {
    const pattern = withoutMemory(destination);
    return url => pattern.test(url.origin + url.pathname);
  }
  const pattern = urlGlob(destination);
  // `URL` leaves a default port out, and a destination may spell it.
  return url =>
    pattern.test(url.origin + url.pathname) ||
    pattern.test(`${url.protocol}//${url.hostname}:${portOf(url)}${url.pathname}`);
}

function urlGlob(glob: string): RegExp {
  const whole = glob.includes('://') ? glob : `*://${glob}`;
  const pathStart = whole.indexOf('/', whole.indexOf('://') + 3);
  return globToRegExp(whole, pathStart < 0 ? whole.length : pathStart);
}

export function portOf({ port, protocol }: URL): string {
  return port || (protocol === 'http:' ? '80' : '443');
}

/** What a host must be part of to count as named: a function names nobody. */
function spellingOf(destination: Destination): string {
  if (typeof destination === 'function') return '';
  return (typeof destination === 'string' ? destination : destination.source.replaceAll('\\', '')).toLowerCase();
}
