import { describe, expect, it } from 'vitest';
import { displayNameOf } from '../../../src/viewer/reading/span-facts.js';
import { makeSpan } from './span-samples.js';

describe('the name that is shown for a span', () => {
  it.each([
    ['a client request shows its path', 'POST', { 'url.full': 'http://planner:3000/api/ask' }, 'POST /api/ask'],
    ['a server request shows its path', 'GET', { 'url.path': '/search' }, 'GET /search'],
    ['a request with a route keeps its name', 'GET /users/:id', { 'url.path': '/users/7' }, 'GET /users/:id'],
    ['a URL that cannot be read is left out', 'POST', { 'url.full': 'nonsense' }, 'POST'],
    ['anything else keeps its name', 'planner.agent', {}, 'planner.agent'],
  ])('%s', (_fact, name, attributes, expected) => {
    const method = name.split(' ')[0] as string;
    expect(displayNameOf(makeSpan(1, { name, attributes: { 'http.request.method': method, ...attributes } }))).toBe(
      expected,
    );
  });
});
