import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createConnection, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

const open: NetServer[] = [];

/** Listens on a free port of loopback, until `closeServers`. Resolves with the base URL. */
export async function listen(server: NetServer, host = '127.0.0.1'): Promise<string> {
  server.listen(0, host);
  await once(server, 'listening');
  open.push(server);
  const { port } = server.address() as AddressInfo;
  return `${'setSecureContext' in server ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** One that nobody listens on, for now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener));
}

export async function closeServers(): Promise<void> {
  await Promise.all(
    open.splice(0).map(server => {
      const closed = new Promise(resolve => server.close(resolve));
      (server as Server).closeAllConnections?.();
      return closed;
    }),
  );
}

/** A server that keeps the heads it got, and answers with `answer`. */
export async function serveEcho(): Promise<{ url: string; port: number; heads: IncomingMessage[] }> {
  const heads: IncomingMessage[] = [];
  const url = await serve((request, response) => {
    heads.push(request);
    request.resume();
    response.end('echo');
  });
  return { url, port: Number(new URL(url).port), heads };
}

/** How often a header is in `rawHeaders`, and with which values. */
export function valuesOf(request: IncomingMessage | undefined, name: string): string[] {
  const raw = request?.rawHeaders ?? [];
  return raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name);
}

export async function connectTo(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** Sends raw bytes of HTTP and resolves with all that comes until the server closes. */
export async function exchange(url: string, bytes: string): Promise<string> {
  const socket = await connectTo(url);
  socket.write(bytes);
  return text(socket);
}

/** Asks past the toolkit's client side. */
export async function ask(url: string, path: string, headers: Record<string, string> = {}): Promise<string> {
  const socket = await connectTo(url);
  const lines = Object.entries({ host: 'test', connection: 'close', ...headers }).map(pair => pair.join(': '));
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  return text(socket);
}
