import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { UnreachableError } from './finding.js';

const TIMEOUT_MS = 10_000;

/** What a page at `origin` is about to send across origins. */
export interface CrossOriginRequest {
  readonly url: URL;
  readonly origin: string;
  readonly method: string;
  /** Names that need permission, in lower case. */
  readonly headers: readonly string[];
}

export interface Answer {
  readonly status: number;
  /** Several of one name are one list, as the Fetch standard reads them. */
  header(name: string): string | undefined;
}

/** Asks as a browser does, Fetch standard, "CORS-preflight fetch". @throws UnreachableError when nothing answers */
export function sendPreflight({ url, origin, method, headers }: CrossOriginRequest): Promise<Answer> {
  return ask(url, 'OPTIONS', {
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': [...headers].sort().join(','),
  });
}

/** A request without consequences, for the headers that come with answers only. @throws UnreachableError when nothing answers */
export function sendHead({ url, origin }: CrossOriginRequest): Promise<Answer> {
  return ask(url, 'HEAD', { origin });
}

/** Not `fetch`: that adds headers of its own, and follows redirects, which a preflight must not. */
function ask(url: URL, method: string, headers: Record<string, string>): Promise<Answer> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const options = { method, headers: { accept: '*/*', ...headers }, signal: AbortSignal.timeout(TIMEOUT_MS) };
    const request = send(url, options, response => {
      response.resume();
      resolve(toAnswer(response));
    });
    request.on('error', error => reject(new UnreachableError(`no answer from ${url.href}: ${reasonOf(error)}`)));
    request.end();
  });
}

function toAnswer({ statusCode = 0, headersDistinct }: IncomingMessage): Answer {
  const all: NodeJS.Dict<string[]> = headersDistinct;
  return { status: statusCode, header: name => all[name]?.join(', ') };
}

/** An error of several attempts (IPv6, then IPv4) has no message of its own. */
function reasonOf(error: Error & { code?: string }): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return `it took longer than ${TIMEOUT_MS / 1_000} s`;
  return error.message || error.code || error.name;
}
