// Cross-origin permission as the tests of browser-backend.mjs ask for it.
import { respond } from './browser-responses.mjs';

/** Sets the CORS headers; true when it was a preflight, which is then answered. */
export function answerCors(req, res, parameters) {
  const { origin } = req.headers;
  const allowed = origin && parameters.get('cors') !== 'none';
  const preflight = req.method === 'OPTIONS' && req.headers['access-control-request-method'];
  if (allowed) setHeaders(req, res, parameters);
  if (preflight) respond(res, { status: allowed ? 204 : 403 });
  return Boolean(preflight);
}

function setHeaders(req, res, parameters) {
  const requested = req.headers['access-control-request-headers'];
  const headers = {
    'access-control-allow-origin': req.headers.origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE, HEAD',
    'access-control-allow-headers': parameters.get('allow') ?? requested ?? '',
    // Credentials turn `*` into a plain name, so the headers are listed.
    'access-control-expose-headers': parameters.get('expose') ?? res.getHeaderNames().join(', '),
    // Resource timing of the other origin, as an instrumented page would have it.
    'timing-allow-origin': req.headers.origin,
    vary: 'origin',
  };
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
}
