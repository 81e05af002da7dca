// The second agent service (fastify). For the trace it speaks B3 and nothing else, as services of older fleets do.
import Fastify from 'fastify';
import { init, withAgent, withTask } from '@agentops/node';
import { fastifyTracing } from '@agentops/node/fastify';

init({
  serviceName: 'researcher',
  endpoint: process.env.VIEWER_URL,
  telemetry: { context: { propagation: ['b3', 'baggage'], baggageAttributes: ['app.plan', 'tenant.id'] } },
});

const app = Fastify();
await app.register(fastifyTracing);

app.post('/research', request =>
  withAgent('researcher', async () => {
    const { question } = request.body;
    const [facts, weather] = await Promise.all([callTool('search', question), callTool('weather', question)]);
    return withTask('summarize', () => ({ findings: `${facts.text} ${weather.text}` }));
  }),
);

await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' });
process.send?.({ url: `http://127.0.0.1:${app.server.address().port}` });

async function callTool(name, question) {
  const answer = await fetch(`${process.env.TOOLS_URL}/${name}?q=${encodeURIComponent(question)}`);
  return answer.json();
}
