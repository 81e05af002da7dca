// The agent service the page talks to (express). It serves the page too, so that page and service share an origin.
import { readFile } from 'node:fs/promises';
import express from 'express';
import { init, session, withAgent } from '@agentops/node';
import { expressErrors } from '@agentops/node/express';
import { chat, readToolCall } from './llm.mjs';

init({
  serviceName: 'planner',
  endpoint: process.env.VIEWER_URL,
  telemetry: {
    context: {
      // The page speaks W3C, the researcher B3: the planner sends both and understands both.
      propagation: ['w3c', 'b3'],
      baggageAttributes: ['app.plan', 'tenant.id'],
    },
  },
});

const page = new URL('../page/', import.meta.url);
const tools = [
  {
    type: 'function',
    function: {
      name: 'research',
      description: 'Looks something up',
      parameters: { type: 'object', properties: { question: { type: 'string' } }, required: ['question'] },
    },
  },
];

const app = express().use(express.json());

app.get('/', async (_request, response) => {
  const html = await readFile(new URL('index.html', page), 'utf8');
  response.type('html').send(html.replaceAll('{{viewer}}', process.env.VIEWER_URL));
});
app.use(express.static(process.env.PAGE_ASSETS));

app.post('/api/ask', async (request, response) => {
  // This request only: every service it reaches sees it, no other request does.
  session.addBaggage('tenant.id', request.body.tenant ?? 'acme');
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for await (const text of plan(request.body.question)) response.write(`data: ${JSON.stringify({ text })}\n\n`);
  response.end('data: [DONE]\n\n');
});

app.post('/api/feedback', (_request, response) => response.sendStatus(204));

app.use(expressErrors());

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${server.address().port}` });
});

/** Lets the model decide, does what it asks for, and streams its answer. */
function plan(question) {
  return withAgent('planner', async function* () {
    const messages = [
      { role: 'system', content: 'Answer in two sentences, from what the research tool tells you.' },
      { role: 'user', content: question },
    ];
    const call = await readToolCall(chat(messages, tools));
    if (call) messages.push(...(await research(call)));
    for await (const delta of chat(messages)) if (delta.content) yield delta.content;
  });
}

async function research(call) {
  const answer = await fetch(`${process.env.RESEARCHER_URL}/research`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(call),
  });
  const { findings } = await answer.json();
  const toolCall = { id: 'call_1', type: 'function', function: { name: 'research', arguments: JSON.stringify(call) } };
  return [
    { role: 'assistant', content: null, tool_calls: [toolCall] },
    { role: 'tool', tool_call_id: 'call_1', content: findings },
  ];
}
