import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { TlsOptions } from '@agentops/shared';
import { must } from '@agentops/shared/config/validate';
import { MAX_TIMER_MS } from '@agentops/shared/timers';
import { asHeaders } from '../../environment.js';
import { isHostAndPort } from '../endpoint.js';
import { isPem } from '../mask.js';
import { type Part, checked, flag, list, made, name, object, said, tell, text, whole } from './parts.js';

/** 0 is no limit. */
export const timeout = made(whole(0), ms => ms || MAX_TIMER_MS);

/** 0 is at once. */
export const delay = made(whole(0), ms => Math.max(ms, 1));

const isUrl = (found: unknown) => typeof found === 'string' && /^https?:\/\//i.test(found) && URL.canParse(found);
const httpUrl = checked<string>(must('be an http(s) URL such as "http://localhost:4318/v1/traces"', isUrl));
const grpcTarget = checked<string>(
  must(
    'be an http(s) URL such as "http://localhost:4317", or host and port',
    found => isUrl(found) || (typeof found === 'string' && isHostAndPort(found)),
  ),
);

const header = made(object({ name: text, value: text }, ['name']), ({ name: key, value }) =>
  key === undefined || value === undefined ? undefined : { [key]: value },
);

/** As the variable has them: each for itself. */
const headersList: Part<Record<string, string>> = made(
  text,
  (found, place) =>
    asHeaders(found, fault => tell('beyond', place, `${fault} is ignored`)) as Record<string, string> | undefined,
);

const compression = made(text, (found, place) =>
  found === 'gzip' || found === 'none' ? found : tell('beyond', place, 'is no compression that is known here'),
);

/** What both transports have, for any signal. */
const COMMON = { headers: list(header), headers_list: headersList, compression, timeout };

interface Headers {
  readonly headers?: readonly Record<string, string>[];
  readonly headers_list?: Record<string, string>;
}

type Files = { readonly [name in keyof typeof TLS_FILES]?: string };

const pemFile = made(text, (found, place) =>
  isPemFile(found) ? found : tell('wrong', place, 'must be the absolute path of a PEM file that can be read'),
);

const TLS_FILES = { ca_file: pemFile, cert_file: pemFile, key_file: pemFile };

/** `otlp_http`, of any signal. */
export const HTTP = {
  ...COMMON,
  endpoint: httpUrl,
  encoding: name('protobuf', 'json'),
  tls: object(TLS_FILES),
};

/** `otlp_grpc`, of any signal. */
export const GRPC = { ...COMMON, endpoint: grpcTarget, tls: object({ ...TLS_FILES, insecure: flag }) };

/** What is the same of both, as our own exporters have it. */
export function commonOf({ compression, ...lists }: Headers & { compression?: 'gzip' | 'none' }) {
  return said({ headers: headersOf(lists), compression });
}

export function tlsOf({ ca_file: ca, cert_file: cert, key_file: key }: Files = {}): { tls?: TlsOptions } {
  const tls = said({ ca, cert, key });
  return Object.keys(tls).length ? { tls } : {};
}

function headersOf({ headers = [], headers_list: general }: Headers): Record<string, string> | undefined {
  const all: Record<string, string> = Object.assign({}, general, ...headers);
  return Object.keys(all).length ? all : undefined;
}

function isPemFile(path: string): boolean {
  try {
    return isAbsolute(path) && isPem(readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
}
