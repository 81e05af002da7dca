/** `localhost:4317`, as collectors are often named. */
const HOST_AND_PORT = /^(?:\[[\da-f:]+\]|[\w.-]+):\d+(?:\/|$)/i;

const GRPC_PORT = '4317';
const HTTP_PORT = '4318';

export function isHostAndPort(text: string): boolean {
  return HOST_AND_PORT.test(text) && URL.canParse(`http://${text}`);
}

/** `endpoint` as a URL. */
export function withScheme(endpoint: string): string {
  return isHostAndPort(endpoint) ? `http://${endpoint}` : endpoint;
}

/** Whether gRPC is spoken at `endpoint`, where nobody has said so: at its own port, or where there is no scheme, unless it is the port of HTTP. */
export function meansGrpc(endpoint: string): boolean {
  const url = withScheme(endpoint);
  if (!URL.canParse(url)) return false;
  const { port, pathname } = new URL(url);
  return pathname === '/' && (port === GRPC_PORT || (url !== endpoint && port !== HTTP_PORT));
}
