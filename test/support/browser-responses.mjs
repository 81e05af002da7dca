// Ways to answer a plain Node request, for browser-backend.mjs.
import { setTimeout as wait } from 'node:timers/promises';

export { wait };

/** The `count` of a stream that ends only when its client leaves. */
export const endlessly = Number.POSITIVE_INFINITY;

/** Status is always written: under WTR, Koa has set 404 on the response before it gets here. */
export function respond(res, { status, headers = {}, body = '' }) {
  if (res.destroyed) return;
  res.writeHead(status, { 'cache-control': 'no-store', ...headers });
  res.end(body);
}

export function answerJson(res, value, status = 200) {
  const bodiless = status === 204 || status === 205 || status === 304;
  respond(res, {
    status,
    headers: { 'content-type': 'application/json' },
    body: bodiless ? undefined : JSON.stringify(value),
  });
}

/** Writes `write(0)`, `write(1)`, ... with a pause before each, so that headers arrive well before the body. */
export async function streamed(res, { type, count, intervalMs, write }) {
  res.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
  res.flushHeaders();
  for (let n = 0; n < count && !res.destroyed; n += 1) {
    await wait(intervalMs);
    res.write(write(n));
  }
  res.end();
}

export async function readBody(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  return Buffer.concat(chunks);
}
