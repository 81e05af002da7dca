import { describe, expect, it } from 'vitest';
import { toChatMessages } from '../../../src/viewer/reading/chat-messages.js';

describe('chat messages', () => {
  it('reads the GenAI convention, from JSON text', () => {
    const messages = toChatMessages({
      'gen_ai.system_instructions': JSON.stringify([{ type: 'text', content: 'Be brief.' }]),
      'gen_ai.input.messages': JSON.stringify([
        { role: 'user', parts: [{ type: 'text', content: 'Hi' }] },
        { role: 'tool', parts: [{ type: 'tool_call_response', id: '1', response: { ok: true } }] },
      ]),
      'gen_ai.output.messages': JSON.stringify([
        { role: 'assistant', parts: [{ type: 'tool_call', name: 'search', arguments: { q: 'x' } }] },
      ]),
    });
    expect(messages).toEqual([
      { role: 'system', blocks: [{ content: 'Be brief.' }] },
      { role: 'user', blocks: [{ content: 'Hi' }] },
      { role: 'tool', blocks: [{ title: 'tool result', content: { ok: true } }] },
      { role: 'assistant', blocks: [{ title: 'calls search', content: { q: 'x' } }] },
    ]);
  });

  it('reads the messages of the OpenAI API', () => {
    const call = { role: 'assistant', content: null, tool_calls: [{ function: { name: 'search', arguments: '{}' } }] };
    expect(toChatMessages({ 'gen_ai.output.messages': [call] })).toEqual([
      { role: 'assistant', blocks: [{ title: 'calls search', content: '{}' }] },
    ]);
  });

  it('reads one attribute for each field', () => {
    const messages = toChatMessages({
      'gen_ai.prompt.0.role': 'user',
      'gen_ai.prompt.0.content': 'Hi',
      'gen_ai.completion.0.content': 'Hello',
    });
    expect(messages.map(message => message.role)).toEqual(['user', 'assistant']);
  });

  it('shows what it cannot parse as it is', () => {
    expect(toChatMessages({ 'gen_ai.input.messages': '[{"role":"us' })).toEqual([
      { role: 'user', blocks: [{ content: '[{"role":"us' }] },
    ]);
  });

  it('is empty when content was not captured', () => {
    expect(toChatMessages({ 'gen_ai.request.model': 'm' })).toEqual([]);
  });
});
