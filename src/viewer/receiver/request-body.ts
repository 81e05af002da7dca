import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate, type ZlibOptions } from 'node:zlib';
import { HttpError } from '../http-error.js';

export const MAX_BODY_BYTES = 16 * 1024 * 1024;
export const MAX_INFLATED_BYTES = 64 * 1024 * 1024;

/** A client that is told 413 while it still sends sees a broken connection instead, so a little more is read and thrown away. */
const MAX_DISCARDED_BYTES = 4 * MAX_BODY_BYTES;

type Decode = (body: Buffer, options: ZlibOptions) => Promise<Buffer>;

const decoders: ReadonlyMap<string, Decode> = new Map([
  ['identity', async (body: Buffer) => body],
  ['gzip', promisify<Buffer, ZlibOptions, Buffer>(gunzip)],
  ['x-gzip', promisify<Buffer, ZlibOptions, Buffer>(gunzip)],
  ['deflate', promisify<Buffer, ZlibOptions, Buffer>(inflate)],
]);

/** The whole body, inflated. Neither what is received nor what it inflates to is ever held beyond its limit. */
export async function readRequestBody(request: IncomingMessage): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const decode = decoders.get(encoding);
  if (!decode)
    throw new HttpError(415, `content-encoding "${encoding.slice(0, 40)}" is not supported; use gzip or deflate`);
  const received = await receive(request);
  try {
    return await decode(received, { maxOutputLength: MAX_INFLATED_BYTES });
  } catch (error) {
    if (error instanceof RangeError)
      throw new HttpError(413, `the body inflates to more than ${MAX_INFLATED_BYTES} bytes`);
    throw new HttpError(400, `the body is not valid ${encoding}`);
  }
}

async function receive(request: IncomingMessage): Promise<Buffer> {
  let size = 0;
  let chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks = [];
    if (size > MAX_DISCARDED_BYTES) break;
  }
  if (size > MAX_BODY_BYTES) throw new HttpError(413, `the body is larger than ${MAX_BODY_BYTES} bytes`);
  return Buffer.concat(chunks, size);
}
