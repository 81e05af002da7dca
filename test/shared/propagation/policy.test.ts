import { describe, it, expect } from '#runner';
import { createPolicy, type Destination } from '@agentops/shared/propagation/policy';

const nobody = () => false;
const allows = (destination: Destination, url: string | URL) => createPolicy([destination], nobody).allows(url);

describe('a destination that is a text', () => {
  it.each([
    ['https://api.example.com', 'https://api.example.com'],
    ['https://api.example.com', 'https://api.example.com/v1/models?x=1#y'],
    ['https://api.example.com/', 'https://api.example.com/v1'],
    ['https://api.example.com', 'HTTPS://API.Example.COM/V1'],
    ['https://API.example.com/V1', 'https://api.example.com/v1'],
    ['https://api.example.com', 'https://api.example.com:443/'],
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
    expect(allows(destination, url)).toBe(true);
    expect(allows(destination, new URL(url))).toBe(true);
  });

  it.each([
    ['https://api.example.com', 'http://api.example.com/'],
    ['https://api.example.com', 'https://api.example.com:8443/'],
    ['https://api.example.com:8443', 'https://api.example.com/'],
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
    ['https://*.example.com', 'https://evil.test%2Fx.example.com/'],
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
    expect(allows(destination, url)).toBe(false);
  });
});

describe('a destination that is a regular expression', () => {
  it.each([/^https:\/\/api\./g, /^https:\/\/api\./y, /^HTTPS:\/\/API\./gi])('%s matches at every call', pattern => {
    const policy = createPolicy([pattern], nobody);
    expect([1, 2, 3].map(() => policy.allows('https://api.example.com/v1'))).toEqual([true, true, true]);
  });

  it('is left as it was', () => {
    const pattern = /example/g;
    allows(pattern, 'https://example.com/');
    expect(pattern.lastIndex).toBe(0);
  });

  it('never sees query, hash or user', () => {
    expect(allows(/secret/, 'https://secret:secret@a.test/?secret#secret')).toBe(false);
    expect(allows(/a\.test\/path$/, 'https://a.test/path?x')).toBe(true);
  });
});

describe('a destination that is a function', () => {
  it('gets the URL', () => {
    expect(allows(url => url.searchParams.has('trace'), 'https://a.test/?trace')).toBe(true);
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
    expect(allows(destination, 'https://a.test/')).toBe(false);
  });

  it('does not stop the others by throwing', () => {
    const policy = createPolicy(
      [
        () => {
          throw new Error('no');
        },
        'https://a.test',
      ],
      nobody,
    );
    expect(policy.allows('https://a.test/')).toBe(true);
  });
});

describe('the policy', () => {
  const trustsInside = (url: URL) => url.hostname === 'inside';

  it('allows whom the platform trusts, and nobody else, when nobody is named', () => {
    const policy = createPolicy(undefined, trustsInside);
    expect(policy.allows('http://inside/')).toBe(true);
    expect(policy.allows('http://outside/')).toBe(false);
  });

  it('allows whom the platform trusts besides those named', () => {
    const policy = createPolicy(['http://outside'], trustsInside);
    expect([policy.allows('http://inside/'), policy.allows('http://outside/')]).toEqual([true, true]);
  });

  it('allows nobody when false', () => {
    const policy = createPolicy(false, () => true);
    expect(policy.allows('http://inside/')).toBe(false);
  });

  it.each(['', 'no url', '/path', 'http://', '//host/path'])('refuses %j, which is no absolute URL', url => {
    expect(createPolicy(['*'], () => true).allows(url)).toBe(false);
  });
});
