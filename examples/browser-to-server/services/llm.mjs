// The model behind the planner: the real `openai` client, streaming, in a span of its own.
import OpenAI from 'openai';
import { withSpan } from '@agentops/node';

const model = process.env.OPENAI_MODEL ?? 'gpt-4o-mini';
// Without a key the client talks to the local stand-in whose address start.mjs passes on.
const client = new OpenAI(process.env.OPENAI_API_KEY ? {} : { apiKey: 'local', baseURL: process.env.LOCAL_OPENAI_URL });

/** Streams one completion. The span is the stream's: it ends when the last chunk has been read, or the reader has left. */
export function chat(messages, tools) {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': model,
  };
  return withSpan(`chat ${model}`, { attributes }, async function* (span) {
    const request = { model, messages, stream: true, stream_options: { include_usage: true }, ...(tools && { tools }) };
    for await (const chunk of await client.chat.completions.create(request)) {
      if (chunk.usage) {
        span.setAttributes({
          'gen_ai.response.model': chunk.model,
          'gen_ai.usage.input_tokens': chunk.usage.prompt_tokens,
          'gen_ai.usage.output_tokens': chunk.usage.completion_tokens,
        });
      }
      const delta = chunk.choices[0]?.delta;
      if (delta) yield delta;
    }
  });
}

/** The arguments of the one tool call in a stream of deltas, or `undefined` when the model just talked. */
export async function readToolCall(deltas) {
  let text = '';
  for await (const delta of deltas) text += delta.tool_calls?.[0]?.function.arguments ?? '';
  return text ? JSON.parse(text) : undefined;
}
