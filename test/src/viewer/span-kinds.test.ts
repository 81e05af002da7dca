import { expect, it } from 'vitest';
import { viewKindOf } from '../../../src/viewer/reading/span-kinds.js';
import type { ViewerSpan } from '../../../src/viewer/span.js';
import { makeSpan } from './span-samples.js';

const inPage = { resource: { 'telemetry.sdk.language': 'webjs' } };

it.each<[string, Partial<ViewerSpan>, string]>([
  [
    'our kind before the convention',
    { attributes: { 'agentops.span.kind': 'agent', 'gen_ai.operation.name': 'chat' } },
    'agent',
  ],
  ['a model call', { kind: 'client', attributes: { 'gen_ai.operation.name': 'chat' } }, 'llm'],
  ['a tool call', { attributes: { 'gen_ai.operation.name': 'execute_tool' } }, 'tool'],
  ['the suffix of the name', { name: 'answer.workflow' }, 'workflow'],
  ['a model without an operation', { attributes: { 'gen_ai.request.model': 'm' } }, 'llm'],
  ['a span in a page', inPage, 'page'],
  ['a request from a page', { ...inPage, kind: 'client' }, 'client'],
  ['a queue', { kind: 'producer' }, 'message'],
  ['nothing special', { name: 'work' }, 'internal'],
  ['a kind nobody knows', { attributes: { 'agentops.span.kind': '__proto__' } }, 'internal'],
])('recognizes %s', (_name, fields, kind) => {
  expect(viewKindOf(makeSpan(1, fields))).toBe(kind);
});
