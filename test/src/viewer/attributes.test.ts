import { describe, expect, it } from 'vitest';
import { groupAttributes } from '../../../src/viewer/reading/attribute-groups.js';
import { sharedAttributes } from '../../../src/viewer/reading/shared-attributes.js';
import { makeSpan } from './span-samples.js';

describe('attribute groups', () => {
  it('puts attributes under their topic, the unknown ones last', () => {
    const groups = groupAttributes({
      'tenant.id': 'acme',
      'http.request.method': 'GET',
      'gen_ai.usage.input_tokens': 1,
      'gen_ai.tool.name': 'search',
      'gen_ai.agent.name': 'planner',
      'session.id': 's',
    });
    expect(groups.map(({ title, entries }) => [title, entries.map(([key]) => key)])).toEqual([
      ['Session & agent', ['gen_ai.agent.name', 'session.id']],
      ['Tool', ['gen_ai.tool.name']],
      ['Model', ['gen_ai.usage.input_tokens']],
      ['HTTP & network', ['http.request.method']],
      ['Other', ['tenant.id']],
    ]);
  });
});

describe('shared attributes', () => {
  it('finds what has one value in several services', () => {
    const spans = [
      makeSpan(1, { service: 'a', attributes: { 'tenant.id': 'acme', step: 'one', alone: 'x', 'http.route': '/' } }),
      makeSpan(2, { service: 'b', attributes: { 'tenant.id': 'acme', step: 'two', 'http.route': '/' } }),
      makeSpan(3, { service: 'c', attributes: { step: 'one' } }),
    ];
    expect(sharedAttributes(spans)).toEqual([['tenant.id', 'acme']]);
  });
});
