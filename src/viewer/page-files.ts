import { readFile } from 'node:fs/promises';
import { HttpError } from './http-error.js';
import type { Exchange, Route } from './route.js';

const folder = new URL('./page/', import.meta.url);

const files: readonly { path: string; file: string; type: string }[] = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/app.js', file: 'app.js', type: 'text/javascript; charset=utf-8' },
  { path: '/app.js.map', file: 'app.js.map', type: 'application/json' },
  { path: '/style.css', file: 'style.css', type: 'text/css; charset=utf-8' },
];

/** Spans are anybody's text: even if some of it became markup, it could run nothing and call nobody. */
const headers = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

export function pageRoutes(): Route[] {
  return files.map(({ path, file, type }) => ({
    method: 'GET',
    path,
    handle: exchange => serve(exchange, file, type),
  }));
}

async function serve({ response }: Exchange, file: string, type: string): Promise<void> {
  const content = await readFile(new URL(file, folder)).catch(() => undefined);
  if (!content) throw new HttpError(404, `${file} has not been built`);
  response.writeHead(200, { ...headers, 'content-type': type });
  response.end(content);
}
