// The service that the W3C trace-context harness calls: for each element of the body it posts `arguments` to `url`.
import { createServer } from 'node:http';
import { init } from '@agentops/node';

init({ serviceName: 'conformance' });

const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  for (const { url, arguments: args } of JSON.parse(text)) {
    await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(args) });
  }
  response.end();
});

server.listen(Number(process.env.PORT ?? 5000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/test`);
});
