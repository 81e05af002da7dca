import { type OptionValues, UsageError } from '../command.js';
import { type CorsRequest, judgeExposure, judgePreflight } from './cors-verdict.js';
import type { Check, Finding } from './finding.js';
import { sendHead, sendPreflight } from './preflight.js';

/** What each format adds to a request, as `telemetry.context.propagation` names them. */
const HEADERS = {
  w3c: ['traceparent', 'tracestate', 'baggage'],
  b3: ['b3'],
  b3multi: ['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags'],
};

/** Whether a page may send trace headers and baggage to a URL of another origin. */
export const checkCors: Check = async values => {
  const request = toRequest(values);
  const { url, origin, method, credentials } = request;
  const cookies = credentials ? ', with credentials' : '';
  return { title: `${method} ${url.href} from a page at ${origin}${cookies}`, findings: await findingsFor(request) };
};

async function findingsFor(request: CorsRequest): Promise<Finding[]> {
  if (request.url.origin === request.origin) {
    return [{ level: 'ok', text: 'the page is of the same origin: nothing needs to be allowed' }];
  }
  const preflight = await sendPreflight(request);
  const head = await sendHead(request).catch(() => undefined);
  return [...judgePreflight(request, preflight), ...(head ? judgeExposure(request, head) : [])];
}

function toRequest(values: OptionValues): CorsRequest {
  const method = parseMethod(values['method']);
  return {
    url: parseUrl('--cors', values['cors']),
    origin: parseUrl('--origin', values['origin']).origin,
    method,
    credentials: values['credentials'] === true,
    headers: [
      ...(method === 'GET' || method === 'HEAD' ? [] : ['content-type']),
      ...HEADERS.w3c,
      ...(values['b3'] ? HEADERS.b3 : []),
      ...(values['b3multi'] ? HEADERS.b3multi : []),
    ],
  };
}

function parseUrl(option: string, value: OptionValues[string]): URL {
  if (typeof value === 'string' && /^https?:\/\/./i.test(value) && URL.canParse(value)) return new URL(value);
  throw new UsageError(`${option} must be an http(s) URL, not "${value}"`);
}

/** As `fetch` does it: these in any letter case, and `patch` stays what it is. */
function parseMethod(value: OptionValues[string]): string {
  const method = String(value);
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(method))
    throw new UsageError(`--method must be the name of a method, not "${method}"`);
  const upper = method.toUpperCase();
  return ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'].includes(upper) ? upper : method;
}
