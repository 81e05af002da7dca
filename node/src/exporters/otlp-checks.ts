import { flag, must, oneOf, url, type Check } from '@agentops/shared/config/validate';
import { isHostAndPort } from '../config/endpoint.js';
import { httpHeaders } from '../config/headers-check.js';
import { tlsCheck } from './tls.js';

export const endpoint: Check = (value, path) =>
  typeof value === 'string' && isHostAndPort(value)
    ? []
    : must(
        'be an http(s) URL such as "http://127.0.0.1:4318", host and port such as "localhost:4317", or a path',
        () => url(value, path).length === 0,
      )(value, path);

/** How OTLP is spoken, of spans and of metrics alike, where it is spoken from Node. */
export const otlpChecks: Readonly<Record<string, Check>> = {
  endpoint,
  headers: httpHeaders,
  protocol: oneOf('http/json', 'http/protobuf', 'grpc'),
  compression: oneOf('gzip', 'none'),
  tls: tlsCheck,
  insecure: flag,
};
