// A local server that speaks OpenAI's chat-completions wire format: JSON, and server-sent events with tool calls, usage and [DONE].
// It stands in for the real service wherever there is no key. Run by itself: `node examples/support/openai-server.mjs --port 4010`.
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds between two chunks: fast, but a stream. */
const CHUNK_PAUSE_MS = 15;

/** @returns {Promise<{ url: string, close(): Promise<void> }>} `url` is what the client takes as `baseURL` */
export async function startOpenAIServer({ port = 0, chunkPauseMs = CHUNK_PAUSE_MS } = {}) {
  const server = createServer((request, response) => {
    answer(request, response, chunkPauseMs).catch(error => response.destroy(error));
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    close: () => new Promise(resolve => server.close(resolve)),
  };
}

async function answer(request, response, chunkPauseMs) {
  if (request.method !== 'POST' || !request.url.endsWith('/chat/completions'))
    return fail(response, 404, 'Unknown request URL');
  if (!request.headers.authorization) return fail(response, 401, 'You did not provide an API key.');
  let text = '';
  for await (const chunk of request) text += chunk;
  const body = JSON.parse(text);
  const reply = decide(body);
  const usage = { prompt_tokens: countTokens(text), completion_tokens: countTokens(JSON.stringify(reply)) };
  usage.total_tokens = usage.prompt_tokens + usage.completion_tokens;
  const head = {
    id: `chatcmpl-${Date.now().toString(36)}`,
    created: Math.floor(Date.now() / 1000),
    model: `${body.model}-2024-07-18`,
  };
  if (!body.stream) return json(response, { ...head, object: 'chat.completion', choices: [whole(reply)], usage });
  await stream(response, { head, reply, usage: body.stream_options?.include_usage ? usage : undefined, chunkPauseMs });
}

/** With tools on offer and no tool result yet, calls the first tool; else answers from what the tools said. */
function decide({ messages, tools }) {
  const results = messages.filter(message => message.role === 'tool').map(message => message.content);
  const question = messages.findLast(message => message.role === 'user')?.content ?? '';
  if (tools?.length && results.length === 0) {
    const { name } = tools[0].function;
    return { tool: { id: 'call_1', name, arguments: JSON.stringify({ question }) } };
  }
  return { text: `Here is what I found about “${question}”: ${results.join(' ') || 'nothing yet.'}` };
}

async function stream(response, { head, reply, usage, chunkPauseMs }) {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  const send = chunk =>
    response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...chunk })}\n\n`);
  const part = (delta, finish_reason = null) => send({ choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
  part({ role: 'assistant', content: reply.tool ? null : '' });
  for (const delta of deltas(reply)) {
    await pause(chunkPauseMs);
    part(delta);
  }
  part({}, reply.tool ? 'tool_calls' : 'stop');
  if (usage) send({ choices: [], usage });
  response.end('data: [DONE]\n\n');
}

function deltas({ tool, text }) {
  if (!tool) return text.split(/(?<= )/).map(content => ({ content }));
  const { id, name } = tool;
  const first = { tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: '' } }] };
  const rest = tool.arguments
    .match(/.{1,12}/gs)
    .map(piece => ({ tool_calls: [{ index: 0, function: { arguments: piece } }] }));
  return [first, ...rest];
}

function whole({ tool, text }) {
  const call = tool && { id: tool.id, type: 'function', function: { name: tool.name, arguments: tool.arguments } };
  const message = { role: 'assistant', content: text ?? null, ...(call && { tool_calls: [call] }), refusal: null };
  return { index: 0, message, logprobs: null, finish_reason: tool ? 'tool_calls' : 'stop' };
}

/** About four characters a token: near enough for something to look at. */
function countTokens(text) {
  return Math.ceil(text.length / 4);
}

function fail(response, status, message) {
  json(response, { error: { message, type: 'invalid_request_error', param: null, code: null } }, status);
}

function json(response, body, status = 200) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

if (process.argv[1] === import.meta.filename) {
  const at = process.argv.indexOf('--port');
  const { url } = await startOpenAIServer({ port: at < 0 ? 4010 : Number(process.argv[at + 1]) });
  console.log(url);
}
