import { describe, it, expect } from '#runner';
import { toMatcher, type Destination } from '@agentops/shared/propagation/destination';

const matches = (destination: Destination, url: string) => toMatcher(destination)(new URL(url));

describe('a destination that is a text', () => {
  it.each([
    ['https://api.example.com', 'https://api.example.com'],
    ['https://api.example.com', 'https://api.example.com/v1/models?x=1#y'],
    ['https://api.example.com/', 'https://api.example.com/v1'],
    ['https://api.example.com', 'HTTPS://API.Example.COM/V1'],
    ['https://API.example.com/V1', 'https://api.example.com/v1'],
    ['https://api.example.com', 'https://api.example.com:443/'],
    ['https://api.example.com:443', 'https://api.example.com/v1'],
    ['https://api.example.com:443/v1/*', 'https://api.example.com:443/v1/x'],
    ['http://api.example.com:80', 'http://api.example.com/'],
    ['api.example.com:443', 'https://api.example.com/'],
    ['https://api.example.com:*', 'https://api.example.com/'],
    ['https://api.example.com:*', 'https://api.example.com:8443/'],
    ['http://[::1]:80', 'http://[::1]/'],
    ['https://api.example.com', 'https://user:secret@api.example.com/'],
    ['https://api.example.com:8443', 'https://api.example.com:8443/v1'],
    ['https://api.example.com/v1', 'https://api.example.com/v1/models'],
    ['https://api.example.com/v1/*', 'https://api.example.com/v1/models'],
    ['https://api.example.com/*/models', 'https://api.example.com/v1/beta/models'],
    ['https://*.example.com', 'https://a.b.example.com/x'],
    ['https://*.example.com/v1/*', 'https://api.example.com/v1/x'],
    ['*://api.example.com', 'http://api.example.com/'],
    ['*.example.com', 'https://api.example.com/x'],
    ['api.example.com/v1', 'https://api.example.com/v1/x'],
    ['*', 'https://anybody.test/'],
    ['https://*', 'https://anybody.test:8443/x'],
    ['http://[::1]:4318', 'http://[::1]:4318/v1/traces'],
  ])('%s matches %s', (destination, url) => {
    expect(matches(destination, url)).toBe(true);
  });

  it.each([
    ['https://api.example.com', 'http://api.example.com/'],
    ['https://api.example.com', 'https://api.example.com:8443/'],
    ['https://api.example.com:8443', 'https://api.example.com/'],
    ['https://api.example.com:443', 'http://api.example.com/'],
    ['http://api.example.com:443', 'https://api.example.com/'],
    ['https://api.example.com:443', 'https://api.example.com:8443/'],
    ['*:443', 'https://api.example.com:8443/'],
    ['https://api.example.com:443', 'https://api.example.com:443@evil.test/'],
    ['https://api.example.com', 'https://api.example.com.evil.test/'],
    ['https://api.example.com', 'https://api.example.com@evil.test/'],
    ['https://api.example.com', 'https://api.example.com:443@evil.test/'],
    ['https://api.example.com', 'https://evil.test/https://api.example.com/'],
    ['https://api.example.com', 'https://evil.test/?https://api.example.com/'],
    ['https://api.example.com', 'https://evil.test#https://api.example.com/'],
    ['https://api.example.com', 'https://apiXexample.com/'],
    ['https://api.example.com/v1', 'https://api.example.com/v10'],
    ['https://api.example.com/v1', 'https://api.example.com/v1%2Fmodels'],
    ['https://api.example.com/v1/*', 'https://api.example.com/?/v1/x'],
    ['https://api.example.com/v1/*', 'https://api.example.com/v1/../v2/x'],
    ['https://*.example.com', 'https://example.com/'],
    ['https://*.example.com', 'https://evil.test/x.example.com'],
    ['https://*.example.com', 'https://evil.test/?x.example.com'],
    ['https://*.example.com', 'https://evil.test\\x.example.com'],
    ['https://*.example.com', 'https://x.example.com:80@evil.test/'],
    ['https://a.b.c.d.e.*.io/x', 'https://a.b.c.d.e.evil.test/y.io/x'],
    ['*://*.example.com', 'https://evil.test/x.example.com'],
    ['*.example.com', 'https://evil.test/x.example.com'],
    ['*example.com', 'https://evil.test/example.com'],
    ['api.example.com', 'https://evil.test/api.example.com'],
    ['https://api.example.com?a=1', 'https://api.example.com/?a=1'],
    ['https://(a|b).test', 'https://a.test/'],
  ])('%s does not match %s', (destination, url) => {
    expect(matches(destination, url)).toBe(false);
  });
});

describe('a destination that is a regular expression', () => {
  it.each([/^https:\/\/api\./g, /^https:\/\/api\./y, /^HTTPS:\/\/API\./gi])('%s matches at every call', pattern => {
    const isNamed = toMatcher(pattern);
    expect([1, 2, 3].map(() => isNamed(new URL('https://api.example.com/v1')))).toEqual([true, true, true]);
  });

  it('is left as it was', () => {
    const pattern = /example/g;
    matches(pattern, 'https://example.com/');
    expect(pattern.lastIndex).toBe(0);
  });

  it('never sees query, hash or user', () => {
    expect(matches(/secret/, 'https://secret:secret@a.test/?secret#secret')).toBe(false);
    expect(matches(/a\.test\/path$/, 'https://a.test/path?x')).toBe(true);
  });
});

describe('a destination that is a function', () => {
  it('gets the URL', () => {
    expect(matches(url => url.searchParams.has('trace'), 'https://a.test/?trace')).toBe(true);
  });

  it.each<[string, Destination]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['answers with something that is not true', (() => 'yes') as unknown as Destination],
    ['answers later', (() => Promise.resolve(true)) as unknown as Destination],
  ])('matches nothing when it %s', (_title, destination) => {
    expect(matches(destination, 'https://a.test/')).toBe(false);
  });
});

describe('an LLM provider', () => {
  const URLS = [
    'https://api.openai.com/v1/chat/completions',
    'https://eu.api.openai.com/v1/responses',
    'https://api.anthropic.com/v1/messages',
    'https://api.anthropic.com./v1/messages',
    'https://generativelanguage.googleapis.com/v1beta/models',
    'https://europe-west4-aiplatform.googleapis.com/v1/projects',
    'https://bedrock-runtime.eu-central-1.amazonaws.com/model/x/invoke',
    'https://acme.openai.azure.com/openai/deployments/x',
    'https://acme.services.ai.azure.com/models',
    'https://api.mistral.ai/v1',
    'https://api.cohere.com/v2',
    'https://api.groq.com/openai/v1',
    'https://api.deepseek.com/v1',
    'https://api.x.ai/v1',
    'https://api.perplexity.ai/v1',
    'https://openrouter.ai/api/v1',
    'https://api.together.xyz/v1',
    'https://api.fireworks.ai/inference/v1',
    'https://router.huggingface.co/v1',
  ];
  const BROAD: Destination[] = ['*', 'https://*', '*.com', /./, /^https:\/\//, () => true];

  it.each(URLS)('at %s is matched by no pattern that does not name it', url => {
    expect(BROAD.map(destination => matches(destination, url))).toEqual(BROAD.map(() => false));
  });

  it.each<[Destination]>([
    ['https://api.openai.com'],
    ['https://API.OpenAI.com/v1/*'],
    ['api.openai.com'],
    ['*://api.openai.com:443'],
    [/^https:\/\/api\.openai\.com\//],
    [/API\.OPENAI\.COM/i],
  ])('is matched by %s, which spells its host', destination => {
    expect(matches(destination, 'https://api.openai.com/v1/chat/completions')).toBe(true);
    expect(matches(destination, 'https://api.anthropic.com/v1/messages')).toBe(false);
  });

  it('is none for sounding like one', () => {
    const others = [
      'https://notopenai.com/',
      'https://openai.com.example.org/',
      'https://linux.ai/',
      'https://s3.amazonaws.com/',
    ];
    expect(others.map(url => matches('*', url))).toEqual([true, true, true, true]);
  });
});
