import { describe, it, expect } from '#runner';
import { createOutgoingPolicy, type OutgoingOptions } from '@agentops/shared/propagation/outgoing-policy';

const EVERYTHING = { headers: true, baggage: true };

/** What each URL gets, where `inside` is trusted. */
function grants(options: Partial<OutgoingOptions>, ...urls: string[]) {
  const policy = createOutgoingPolicy({
    rules: undefined,
    propagateTo: undefined,
    isTrusted: url => url.hostname === 'inside',
    ...options,
  });
  return urls.map(url => policy(new URL(url)));
}

describe('without rules', () => {
  it('the trusted get everything, and nobody else anything', () => {
    expect(grants({}, 'http://inside/', 'http://outside/')).toEqual([EVERYTHING, undefined]);
    expect(grants({ propagateTo: [] }, 'http://inside/', 'http://outside/')).toEqual([EVERYTHING, undefined]);
  });

  it('propagateTo adds to the trusted', () => {
    const policy = { propagateTo: ['http://outside'] };
    expect(grants(policy, 'http://inside/', 'http://outside/')).toEqual([EVERYTHING, EVERYTHING]);
  });

  it('propagateTo: false leaves nobody', () => {
    expect(grants({ propagateTo: false }, 'http://inside/', 'http://outside/')).toEqual([undefined, undefined]);
  });

  it('a function of propagateTo that throws does not stop the others', () => {
    const broken = () => {
      throw new Error('no');
    };
    expect(grants({ propagateTo: [broken, 'http://outside'] }, 'http://outside/')).toEqual([EVERYTHING]);
  });
});

describe('the rules of the README', () => {
  const rules = [
    { to: 'https://partner.example', headers: ['traceparent'] },
    { to: ['https://*.example.com', 'https://api.openai.com'], baggage: ['tenant.*', 'session.id'] },
    { to: 'https://shop.example/download', headers: false },
  ];
  const some = { headers: true, baggage: ['tenant.*', 'session.id'] };

  it.each<[string, object | undefined]>([
    ['https://partner.example/x', { headers: ['traceparent'], baggage: false }],
    ['https://api.example.com/ask', some],
    ['https://api.openai.com/v1/responses', some],
    ['https://api.anthropic.com/v1/messages', undefined],
    ['https://shop.example/download/7', { headers: false, baggage: false }],
    ['https://shop.example/cart', EVERYTHING],
  ])('grant %s %j', (url, grant) => {
    const isTrusted = ({ origin }: URL) => origin === 'https://shop.example';
    expect(grants({ rules, isTrusted }, url)).toEqual([grant]);
  });
});

describe('a rule', () => {
  it('gives trace headers and no baggage, unless it says otherwise', () => {
    expect(grants({ rules: [{ to: 'http://outside' }] }, 'http://outside/')).toEqual([
      { headers: true, baggage: false },
    ]);
    const rules = [{ to: 'http://outside', headers: ['traceparent'], baggage: ['tenant.*'] }];
    expect(grants({ rules }, 'http://outside/')).toEqual([{ headers: ['traceparent'], baggage: ['tenant.*'] }]);
  });

  it('may be about several destinations', () => {
    const rules = [{ to: ['http://a', /^http:\/\/b/, (url: URL) => url.hostname === 'c'] }];
    const got = grants({ rules }, 'http://a/', 'http://b/', 'http://c/', 'http://d/');
    expect(got.map(Boolean)).toEqual([true, true, true, false]);
  });

  it('that comes first decides', () => {
    const rules = [
      { to: 'http://outside/open', baggage: true },
      { to: 'http://outside', headers: false },
    ];
    expect(grants({ rules }, 'http://outside/open/x', 'http://outside/x')).toEqual([
      { headers: true, baggage: true },
      { headers: false, baggage: false },
    ]);
  });

  it('goes before propagateTo and before the trusted', () => {
    const rules = [{ to: '*', headers: false }];
    const nothing = { headers: false, baggage: false };
    expect(grants({ rules, propagateTo: ['http://outside'] }, 'http://inside/', 'http://outside/')).toEqual([
      nothing,
      nothing,
    ]);
  });

  it('holds where propagateTo is false', () => {
    const rules = [{ to: 'http://outside' }];
    expect(grants({ rules, propagateTo: false }, 'http://inside/', 'http://outside/')).toEqual([
      undefined,
      { headers: true, baggage: false },
    ]);
  });
});
