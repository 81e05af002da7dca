import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltViewer, buildViewer } from '../built-viewer.js';

const PAGE = 'http://localhost:3000';

/** Everything a page with w3c headers needs, and what is nice to have. */
const PERFECT = {
  'access-control-allow-origin': PAGE,
  'access-control-allow-headers': 'content-type, traceparent, tracestate, baggage',
  'access-control-max-age': '600',
  'access-control-expose-headers': 'traceparent, server-timing',
  'timing-allow-origin': '*',
};

let built: BuiltViewer;
const open: Server[] = [];

beforeAll(async () => {
  built = await buildViewer();
});

afterAll(() => built.remove());

afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers every request with these headers, and keeps what it was asked. */
async function serveCors(headers: Record<string, string | string[]>, status = 204) {
  const asked: IncomingMessage[] = [];
  const url = await serve((request, response) => {
    asked.push(request);
    response.writeHead(status, headers).end();
  });
  return { url, asked };
}

async function doctor(...args: string[]) {
  const child = spawn(process.execPath, [built.cli, 'doctor', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', chunk => (stdout += chunk));
  child.stderr.on('data', chunk => (stderr += chunk));
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

describe('agentops doctor --cors', () => {
  it('asks as a browser does, and finds nothing missing', async () => {
    const { url, asked } = await serveCors(PERFECT);
    const { code, stdout, stderr } = await doctor('--cors', `${url}/api/ask?x=1`);
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      `POST ${url}/api/ask?x=1 from a page at ${PAGE}`,
      '  ok       the preflight was answered with 204',
      `  ok       origin ${PAGE} is allowed`,
      '  ok       method POST is allowed',
      '  ok       headers content-type, traceparent, tracestate, baggage are allowed',
      '  ok       browsers remember this for 600 s, if not for less',
      '',
    ]);
    expect(code).toBe(0);
    expect(asked.map(({ method, url: path }) => [method, path])).toEqual([
      ['OPTIONS', '/api/ask?x=1'],
      ['HEAD', '/api/ask?x=1'],
    ]);
    expect(asked[0]?.headers).toMatchObject({
      origin: PAGE,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'baggage,content-type,traceparent,tracestate',
    });
  });

  it('names every header that is missing, and the line to add', async () => {
    const { url } = await serveCors({ ...PERFECT, 'access-control-allow-headers': 'Content-Type, X-Own, TraceParent' });
    const { code, stdout } = await doctor('--cors', url);
    expect(code).toBe(1);
    expect(stdout).toContain(
      [
        '  missing  Access-Control-Allow-Headers lacks tracestate, baggage',
        '           add  Access-Control-Allow-Headers: Content-Type, X-Own, TraceParent, tracestate, baggage',
      ].join('\n'),
    );
  });

  it('names all there is to add for a server that knows no CORS', async () => {
    const url = await serve((_request, response) => response.writeHead(404).end());
    const { code, stdout } = await doctor('--cors', url, '--method', 'patch', '--credentials');
    expect(code).toBe(1);
    expect(stdout.match(/(?<=^ +add {2}).*$/gm)).toEqual([
      `Access-Control-Allow-Origin: ${PAGE}`,
      'Access-Control-Allow-Credentials: true',
      'Access-Control-Allow-Methods: patch',
      'Access-Control-Allow-Headers: content-type, traceparent, tracestate, baggage',
    ]);
    expect(stdout).toContain('  missing  the preflight was answered with 404; a browser wants 200 to 299, no redirect');
  });

  it('does what the line says: with the lines added nothing is missing', async () => {
    const bare = await serve((_request, response) => response.writeHead(204).end());
    const args = ['--method', 'PUT', '--credentials', '--b3', '--origin', 'https://shop.example'];
    const lines = (await doctor('--cors', bare, ...args)).stdout.match(/(?<=^ +add {2}).*$/gm) ?? [];
    const { url } = await serveCors(Object.fromEntries(lines.map(line => line.split(': ', 2) as [string, string])));
    expect((await doctor('--cors', url, ...args)).code).toBe(0);
  });

  it.each<[string, Record<string, string | string[]>, string[], number]>([
    ['* for the origin', { 'access-control-allow-origin': '*' }, [], 0],
    ['* for the origin, with credentials', { 'access-control-allow-origin': '*' }, ['--credentials'], 1],
    ['another origin', { 'access-control-allow-origin': 'http://localhost:3001' }, [], 1],
    ['the origin with a slash', { 'access-control-allow-origin': `${PAGE}/` }, [], 1],
    ['the origin in upper case', { 'access-control-allow-origin': PAGE.toUpperCase() }, [], 1],
    ['the origin twice', { 'access-control-allow-origin': [PAGE, PAGE] }, [], 1],
    ['* for the headers', { 'access-control-allow-headers': '*' }, [], 0],
    [
      '* for the headers, with credentials',
      { 'access-control-allow-headers': '*', 'access-control-allow-credentials': 'true' },
      ['--credentials'],
      1,
    ],
    ['credentials', { 'access-control-allow-credentials': 'true' }, ['--credentials'], 0],
    ['credentials in upper case', { 'access-control-allow-credentials': 'True' }, ['--credentials'], 1],
    [
      'headers in several lines',
      { 'access-control-allow-headers': ['content-type', 'traceparent,tracestate', 'baggage'] },
      [],
      0,
    ],
    ['no b3', {}, ['--b3'], 1],
    ['b3', { 'access-control-allow-headers': `${PERFECT['access-control-allow-headers']}, B3` }, ['--b3'], 0],
    ['no x-b3-*', {}, ['--b3multi'], 1],
    [
      'no content-type, for GET',
      { 'access-control-allow-headers': 'traceparent,tracestate,baggage' },
      ['--method', 'get'],
      0,
    ],
    ['no content-type, for POST', { 'access-control-allow-headers': 'traceparent,tracestate,baggage' }, [], 1],
    ['no methods, for PUT', {}, ['--method', 'put'], 1],
    ['the method', { 'access-control-allow-methods': 'GET, PUT' }, ['--method', 'put'], 0],
    ['the method in the wrong case', { 'access-control-allow-methods': 'PATCH' }, ['--method', 'patch'], 1],
    ['* for the methods', { 'access-control-allow-methods': '*' }, ['--method', 'PATCH'], 0],
    [
      'another page, asked for',
      { 'access-control-allow-origin': 'https://a.example' },
      ['--origin', 'https://a.example/x'],
      0,
    ],
  ])('reads %s as the Fetch standard does', async (_title, headers, args, exitCode) => {
    const { url } = await serveCors({ ...PERFECT, ...headers });
    const { code, stdout } = await doctor('--cors', url, ...args);
    expect(code, stdout).toBe(exitCode);
  });

  it('refuses a preflight that is redirected', async () => {
    const { url } = await serveCors({ ...PERFECT, location: 'https://elsewhere.example' }, 307);
    const { code, stdout } = await doctor('--cors', url);
    expect([code, stdout]).toEqual([1, expect.stringContaining('answered with 307')]);
  });

  it('gives hints that make nothing fail', async () => {
    const { url } = await serveCors({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': '*',
      'access-control-expose-headers': 'traceparent',
      'timing-allow-origin': 'https://other.example',
    });
    const { code, stdout } = await doctor('--cors', url);
    expect(code).toBe(0);
    expect(stdout.match(/^ {2}hint .*$/gm)).toEqual([
      expect.stringContaining('Access-Control-Max-Age'),
      expect.stringContaining('Access-Control-Expose-Headers: traceparent, server-timing'),
      expect.stringContaining('Timing-Allow-Origin'),
    ]);
  });

  it('does without hints where only the preflight is answered', async () => {
    const url = await serve((request, response) => {
      if (request.method === 'HEAD') request.socket.destroy();
      else response.writeHead(200, PERFECT).end();
    });
    const { code, stdout } = await doctor('--cors', url);
    expect([code, stdout.includes('hint')]).toEqual([0, false]);
  });

  it('says that a page of the same origin needs nothing', async () => {
    const { url, asked } = await serveCors({});
    const { code, stdout } = await doctor('--cors', `${url}/x`, '--origin', url);
    expect([code, asked.length]).toEqual([0, 0]);
    expect(stdout).toContain('same origin');
  });

  it('takes no answer for a reason to stop, with exit code 2', async () => {
    const url = await serve(request => request.socket.destroy());
    expect(await doctor('--cors', url)).toEqual({
      code: 2,
      stdout: '',
      stderr: `agentops: no answer from ${url}/: socket hang up\n`,
    });
  });

  it.each([
    [[], 'nothing to check: give --cors <url> or --import <module>'],
    [['--cors', 'localhost:4318'], '--cors must be an http(s) URL, not "localhost:4318"'],
    [['--cors', 'http://a.test', '--origin', 'null'], '--origin must be an http(s) URL, not "null"'],
    [['--cors', 'http://a.test', '--method', 'NO METHOD'], '--method must be the name of a method, not "NO METHOD"'],
    [['--cors'], "option '--cors <value>' argument missing"],
  ])('refuses %j, with exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await doctor(...args);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: `agentops: ${message}; see "agentops help"\n`,
    });
  });
});
