import { request } from 'node:http';
import type { Viewer } from '../../../src/viewer/server.js';

export interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
}

export interface Question {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
}

/** Unlike `fetch`, lets a test set Host and Origin, as an attacker's browser would. */
export function ask(viewer: Viewer, { method = 'GET', path, headers = {}, body }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port: viewer.port, method, path, headers }, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}

export function post(viewer: Viewer, contentType: string, body: Uint8Array | string): Promise<Answer> {
  return ask(viewer, { method: 'POST', path: '/v1/traces', headers: { 'content-type': contentType }, body });
}
