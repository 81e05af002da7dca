// The tool service: plain node:http, no framework, no integration to install.
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { init, withTool } from '@agentops/node';

init({
  serviceName: 'tools',
  endpoint: process.env.VIEWER_URL,
  telemetry: { context: { baggageAttributes: ['app.plan', 'tenant.id'] } },
});

const tools = {
  '/search': { name: 'search', workMs: 40, run: question => `Three sources agree on “${question}”.` },
  '/weather': { name: 'weather', workMs: 25, run: () => 'It is 21 °C and clear in Lisbon.' },
};

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const tool = tools[pathname];
  if (!tool) return response.writeHead(404).end();
  const text = await withTool(tool.name, async () => {
    await pause(tool.workMs);
    return tool.run(searchParams.get('q'));
  });
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ text }));
});

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${server.address().port}` });
});
