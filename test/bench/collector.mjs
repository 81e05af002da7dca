import { once } from 'node:events';
import { createServer } from 'node:http';

/** A collector that takes everything and looks at nothing, in this process; resolves with its base URL. */
export async function startCollector() {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/x-protobuf').end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}
