import type { Answer, CrossOriginRequest } from './preflight.js';
import type { Finding } from './finding.js';

/*
 * What a browser makes of the answer to a preflight: Fetch standard, "CORS check" and "CORS-preflight fetch", https://fetch.spec.whatwg.org/
 */

/** Methods that need no permission, "CORS-safelisted method". */
const SAFE_METHODS = ['GET', 'HEAD', 'POST'];

/** Browsers remember an answer for that long, in seconds, where it does not say. */
const DEFAULT_MAX_AGE = 5;

export type CorsRequest = CrossOriginRequest & {
  /** Whether the page sends cookies along: `*` is a name like any other then. */
  readonly credentials: boolean;
};

type Rule = (request: CorsRequest, answer: Answer) => Finding[];

/** Every point on which a browser would let the request through, or not. */
export function judgePreflight(request: CorsRequest, answer: Answer): Finding[] {
  return [judgeStatus, judgeOrigin, judgeCredentials, judgeMethod, judgeHeaders, describeMaxAge].flatMap(rule =>
    rule(request, answer),
  );
}

/** What a page cannot read of the answers themselves: worth knowing, and no obstacle. */
export function judgeExposure(request: CorsRequest, answer: Answer): Finding[] {
  return EXPOSURE.filter(({ holds }) => !holds(request, answer)).map(({ text }) => ({ level: 'hint', text }));
}

const judgeStatus: Rule = (_request, { status }) => {
  if (status >= 200 && status <= 299) return [{ level: 'ok', text: `the preflight was answered with ${status}` }];
  return [
    { level: 'missing', text: `the preflight was answered with ${status}; a browser wants 200 to 299, no redirect` },
  ];
};

const judgeOrigin: Rule = ({ origin, credentials }, answer) => {
  const allowed = answer.header('access-control-allow-origin');
  if (allowed === origin || (allowed === '*' && !credentials)) {
    return [{ level: 'ok', text: `origin ${origin} is allowed` }];
  }
  const why = allowed === '*' ? ', and * does not count with credentials' : '';
  return [
    {
      level: 'missing',
      text: `origin ${origin} is not allowed: Access-Control-Allow-Origin is ${quote(allowed)}${why}`,
      add: `Access-Control-Allow-Origin: ${origin}`,
    },
  ];
};

const judgeCredentials: Rule = ({ credentials }, answer) => {
  const name = 'Access-Control-Allow-Credentials';
  if (!credentials) return [];
  // Exactly so, in lower case.
  if (answer.header(name.toLowerCase()) === 'true') return [{ level: 'ok', text: 'credentials are allowed' }];
  return [{ level: 'missing', text: 'credentials are not allowed', add: `${name}: true` }];
};

const judgeMethod: Rule = ({ method, credentials }, answer) => {
  const allowed = listOf(answer, 'access-control-allow-methods');
  const isAllowed =
    allowed.includes(method) || SAFE_METHODS.includes(method) || (allowed.includes('*') && !credentials);
  if (isAllowed) return [{ level: 'ok', text: `method ${method} is allowed` }];
  return [
    {
      level: 'missing',
      text: `method ${method} is not allowed`,
      add: `Access-Control-Allow-Methods: ${extend(allowed, [method])}`,
    },
  ];
};

const judgeHeaders: Rule = ({ headers, credentials }, answer) => {
  const allowed = listOf(answer, 'access-control-allow-headers');
  const names = new Set(allowed.map(name => name.toLowerCase()));
  const missing = names.has('*') && !credentials ? [] : headers.filter(name => !names.has(name));
  if (!missing.length) return [{ level: 'ok', text: `headers ${headers.join(', ')} are allowed` }];
  const why = names.has('*') ? ', where * does not count with credentials' : '';
  return [
    {
      level: 'missing',
      text: `Access-Control-Allow-Headers lacks ${missing.join(', ')}${why}`,
      add: `Access-Control-Allow-Headers: ${extend(allowed, missing)}`,
    },
  ];
};

const describeMaxAge: Rule = (_request, answer) => {
  const value = answer.header('access-control-max-age')?.trim();
  if (value && /^\d+$/.test(value))
    return [{ level: 'ok', text: `browsers remember this for ${value} s, if not for less` }];
  return [
    {
      level: 'hint',
      text: `without a valid Access-Control-Max-Age nearly every request is asked for anew: browsers remember it for ${DEFAULT_MAX_AGE} s`,
    },
  ];
};

const EXPOSURE: readonly { text: string; holds: (request: CorsRequest, answer: Answer) => boolean }[] = [
  {
    text: 'scripts cannot read traceparent and Server-Timing of answers; Access-Control-Expose-Headers: traceparent, server-timing would let them',
    holds({ credentials }, answer) {
      const exposed = listOf(answer, 'access-control-expose-headers').map(name => name.toLowerCase());
      if (exposed.includes('*') && !credentials) return true;
      return exposed.includes('traceparent') && exposed.includes('server-timing');
    },
  },
  {
    text: 'Resource Timing shows the page neither Server-Timing nor the phases of a request; Timing-Allow-Origin would let it',
    holds: ({ origin }, answer) =>
      listOf(answer, 'timing-allow-origin').some(allowed => allowed === '*' || allowed === origin),
  },
];

function listOf(answer: Answer, name: string): string[] {
  const items = answer.header(name)?.split(',') ?? [];
  return items.map(item => item.trim()).filter(Boolean);
}

/** `*` beside names says nothing that the names do not. */
function extend(allowed: readonly string[], missing: readonly string[]): string {
  return [...allowed.filter(name => name !== '*'), ...missing].join(', ');
}

function quote(value: string | undefined): string {
  return value === undefined ? 'not there' : `"${value}"`;
}
