import type { Attributes } from '@opentelemetry/api';
import { portOf } from '../propagation/destination.js';

/** Methods with a name of their own in a span; any other is `HTTP` there, lest a caller makes up names without end. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY']);

/** Name of a span for `method`, OpenTelemetry HTTP conventions. */
export function spanNameOf(method: string): string {
  return METHODS.has(method) ? method : 'HTTP';
}

/** Attributes of a client request. Credentials and query stay out: both carry secrets. */
export function clientAttributes(method: string, url: URL): Attributes {
  return {
    'http.request.method': METHODS.has(method) ? method : '_OTHER',
    'url.full': `${url.origin}${url.pathname}`,
    'server.address': url.hostname,
    'server.port': Number(portOf(url)),
  };
}

/** Attributes of a request that has come in. */
export function serverAttributes(
  method: string,
  url: { scheme: string; path: string; host: string | undefined },
): Attributes {
  const [address = '', port] = (url.host ?? '').split(/:(\d+)$/);
  return {
    'http.request.method': METHODS.has(method) ? method : '_OTHER',
    'url.scheme': url.scheme,
    'url.path': url.path,
    ...(address && { 'server.address': address }),
    ...(port && { 'server.port': Number(port) }),
  };
}
