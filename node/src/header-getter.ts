import type { IncomingHttpHeaders } from 'node:http';
import type { TextMapGetter } from '@opentelemetry/api';
import { carrierGetter } from '@agentops/shared';

/** Headers as servers hand them out. */
export type RequestHeaders = IncomingHttpHeaders | Headers;

/**
 * Reads them as they are: Node has put the names into lower case, and `Headers` do not mind. Among carriers from anywhere a name has to be looked
 * for in every letter case, and each one that is not there costs a walk over all of them.
 */
export const headerGetter: TextMapGetter = {
  keys: carrierGetter.keys,
  get: (headers: RequestHeaders, name) => (isHeaders(headers) ? (headers.get(name) ?? undefined) : headers[name]),
};

/** Not by `instanceof`: frameworks bring classes of their own. A header that is named `get` is a text. */
function isHeaders(headers: RequestHeaders): headers is Headers {
  return typeof headers.get === 'function';
}
