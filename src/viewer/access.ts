import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { HttpError } from './http-error.js';

const LOOPBACK = /^(localhost|.+\.localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;
const EVERY_ADDRESS = new Set(['0.0.0.0', '::']);
const HEADER_NAMES = /^[\w-]+(\s*,\s*[\w-]+)*$/;
const PREFLIGHT_MAX_AGE_S = 600;

/**
 * Loopback is not a wall: any web page can send requests to it, and one with a rebound DNS name can read the answers.
 * Throws 403 unless both the name that was called and the page that calls are local; adds the CORS headers for a local page.
 */
export function allowAccess(request: IncomingMessage, response: ServerResponse, host: string): void {
  const called = hostnameOf(`http://${request.headers.host ?? ''}`);
  if (!isLocal(called, host)) throw new HttpError(403, 'this viewer answers only to local host names');
  const { origin } = request.headers;
  if (origin === undefined) return;
  if (!isLocal(hostnameOf(origin), host)) throw new HttpError(403, 'this viewer answers only to local pages');
  response.setHeader('access-control-allow-origin', origin);
  // sendBeacon asks for it; there are no cookies here to protect.
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('vary', 'Origin');
}

export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  const asked = request.headers['access-control-request-headers'] ?? '';
  if (HEADER_NAMES.test(asked)) response.setHeader('access-control-allow-headers', asked);
  response.setHeader('access-control-allow-methods', 'GET, POST, DELETE, OPTIONS');
  response.setHeader('access-control-max-age', PREFLIGHT_MAX_AGE_S);
  response.writeHead(204).end();
}

/** Bound to every address, the viewer is meant to be called by IP address: and only a name can be rebound. */
function isLocal(hostname: string, host: string): boolean {
  if (LOOPBACK.test(hostname) || hostname === host.toLowerCase() || hostname === `[${host}]`) return true;
  return EVERY_ADDRESS.has(host) && isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}

function hostnameOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : '';
}
