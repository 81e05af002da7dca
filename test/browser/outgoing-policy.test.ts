import { beforeAll, describe, expect, it } from '#runner';
import { init, session } from '@agentops/web/manual';
import { createBackend, type Backend, type Recorded } from '../support/browser-collector.js';

beforeAll(() => {
  init({
    propagateTo: ['*/backend/id/named-*'],
    telemetry: {
      context: {
        propagation: ['w3c', 'b3'],
        outgoing: [
          { to: '*/backend/id/part-*', headers: ['traceparent'], baggage: ['tenant.*'] },
          { to: `${location.origin}/backend/id/bare-*`, headers: false },
        ],
      },
    },
  });
  session.addBaggage('tenant.id', 'acme');
  session.addBaggage('secret', 'x');
});

const sends: [string, (url: string) => Promise<unknown>][] = [
  ['fetch', url => fetch(url).then(response => response.text())],
  [
    'XMLHttpRequest',
    url =>
      new Promise<void>((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.open('GET', url);
        request.onload = () => resolve();
        request.onerror = () => reject(new TypeError('failed'));
        request.send();
      }),
  ],
];

const sent = ({ headers }: Recorded) =>
  ['traceparent', 'b3', 'baggage'].flatMap(name => (headers[name] === undefined ? [] : [name]));

async function gets(backend: Backend, count: number): Promise<Recorded[]> {
  return (await backend.requests(count)).filter(({ method }) => method === 'GET');
}

describe.each(sends)('a %s', (_name, send) => {
  it('carries what the first rule for its destination says, on another origin too', async () => {
    const backend = createBackend('part');
    await send(backend.path('echo'));
    await send(backend.crossPath('echo'));
    const requests = await gets(backend, 3);
    expect(requests.map(sent)).toEqual([
      ['traceparent', 'baggage'],
      ['traceparent', 'baggage'],
    ]);
    expect(requests.map(({ headers }) => headers['baggage'])).toEqual(['tenant.id=acme', 'tenant.id=acme']);
  });

  it.each<[string, 'path' | 'crossPath', string[]]>([
    ['bare', 'path', []],
    ['bare', 'crossPath', []],
    ['other', 'path', ['traceparent', 'b3', 'baggage']],
    ['other', 'crossPath', []],
    ['named', 'crossPath', ['traceparent', 'b3', 'baggage']],
  ])('to %s, %s, carries %j', async (corner, path, expected) => {
    const backend = createBackend(corner);
    await send(backend[path]('echo'));
    const [request] = await gets(backend, expected.length && path === 'crossPath' ? 2 : 1);
    expect(request && sent(request)).toEqual(expected);
  });

  it('takes its headers along where it is redirected, as the browser does it', async () => {
    const backend = createBackend();
    await send(backend.path(`redirect?to=${encodeURIComponent(backend.crossPath('echo'))}`));
    const landed = (await gets(backend, 3)).find(({ crossOrigin }) => crossOrigin);
    expect(landed && sent(landed)).toEqual(['traceparent', 'b3', 'baggage']);
  });

  it('has none to take along where a rule keeps them off its own origin', async () => {
    const backend = createBackend('bare');
    await send(backend.path(`redirect?to=${encodeURIComponent(backend.crossPath('echo?allow=x-other'))}`));
    const landed = (await gets(backend, 2)).find(({ crossOrigin }) => crossOrigin);
    expect(landed && sent(landed)).toEqual([]);
  });
});
