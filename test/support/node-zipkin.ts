import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { serve } from './node-servers.js';

/** As https://zipkin.io/zipkin-api/ has it. */
export interface ZipkinSpan {
  traceId: string;
  id: string;
  parentId?: string;
  name: string;
  kind?: string;
  timestamp: number;
  duration: number;
  localEndpoint: { serviceName: string };
  remoteEndpoint?: { serviceName?: string; ipv4?: string; ipv6?: string; port?: number };
  tags: Record<string, string>;
  annotations?: { timestamp: number; value: string }[];
}

/** What receives Zipkin's JSON, and keeps it; refuses what its API would. */
export async function startZipkin() {
  const spans: ZipkinSpan[] = [];
  const url = await serve(async (request, response) => {
    const body = await buffer(request);
    const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const received = JSON.parse(plain.toString()) as ZipkinSpan[];
    const isRight =
      request.url === '/api/v2/spans' &&
      request.headers['content-type'] === 'application/json' &&
      received.every(isZipkin);
    if (isRight) spans.push(...received);
    response.writeHead(isRight ? 202 : 400).end();
  });
  return { endpoint: `${url}/api/v2/spans`, spans };
}

/** The patterns and types of zipkin2-api.yaml. */
function isZipkin({ traceId, id, parentId, timestamp, duration, tags, kind }: ZipkinSpan): boolean {
  return (
    /^[\da-f]{16,32}$/.test(traceId) &&
    [id, ...(parentId === undefined ? [] : [parentId])].every(each => /^[\da-f]{16}$/.test(each)) &&
    [timestamp, duration].every(each => Number.isSafeInteger(each) && each >= 1) &&
    Object.values(tags).every(value => typeof value === 'string') &&
    [undefined, 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'].includes(kind)
  );
}
