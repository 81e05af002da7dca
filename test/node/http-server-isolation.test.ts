import { text } from 'node:stream/consumers';
import { getSession, session } from '@agentops/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServers, connectTo, exchange, serve } from '../support/node-servers.js';
import { idsOf, record, waitFor, type Recorder } from '../support/node-spans.js';

const PARENT = 'b'.repeat(16);

let recorder: Recorder;

beforeEach(() => {
  recorder = record({ telemetry: { context: { baggageAttributes: ['tenant.id'] } } });
});

afterEach(async () => {
  await closeServers();
  await recorder.stop();
});

/** A request that the toolkit's client side does not see. */
function raw(url: string, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<string> {
  const lines = Object.entries({ host: 'test', connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return exchange(url, `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
}

describe('requests on one connection', () => {
  it('do not mix when it is kept alive', async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      request
        .on('data', () => {})
        .on('end', () => {
          seen.push(session.getBaggageValue('n'));
          session.addBaggage('own', String(request.url));
          response.end(session.getBaggageValue('own'));
        });
    });
    const socket = await connectTo(url);
    for (const n of ['1', '2', '3']) {
      socket.write(`POST /${n} HTTP/1.1\r\nhost: a\r\nbaggage: n=${n}\r\ncontent-length: 2\r\n\r\nhi`);
      await waitFor(() => expect(seen).toHaveLength(Number(n)));
    }
    socket.destroy();
    expect(seen).toEqual(['1', '2', '3']);
    expect(new Set((await recorder.all('POST', 3)).map(span => idsOf(span).traceId)).size).toBe(3);
  });

  it('do not mix when they are pipelined', async () => {
    const url = await serve((request, response) => {
      // The first is answered last: the others wait behind it.
      const answer = () => response.end(`${session.getBaggageValue('n')};`);
      if (request.url === '/1') setTimeout(answer, 20);
      else answer();
    });
    const request = (n: number, more = '') => `GET /${n} HTTP/1.1\r\nhost: a\r\nbaggage: n=${n}\r\n${more}\r\n`;
    const answer = await exchange(url, request(1) + request(2) + request(3, 'connection: close\r\n'));
    expect(answer.match(/\d;/g)).toEqual(['1;', '2;', '3;']);
    const spans = await recorder.all('GET', 3);
    expect(spans.filter(span => span.events.length)).toEqual([]);
  });
});

describe('200 concurrent requests of 4 sessions through two services', () => {
  const sessions = Array.from({ length: 4 }, (_, index) => `0000000${index}-0000-4000-8000-000000000000`);
  const jobs = Array.from({ length: 200 }, (_, n) => ({ n, session: sessions[n % 4] as string }));
  interface Seen {
    session?: string | undefined;
    tenant?: string | undefined;
    step?: string | undefined;
    n?: string | undefined;
  }

  it('mix no session, no baggage and no trace', async () => {
    const see = (): Seen => ({
      session: getSession()?.id,
      tenant: session.getBaggageValue('tenant.id'),
      step: session.getBaggageValue('step'),
      n: session.getBaggageValue('n'),
    });
    const tools = await serve((request, response) => {
      request.resume().on('end', () => response.end(JSON.stringify(see())));
    });
    const planner = await serve(async (request, response) => {
      session.addBaggage('step', `planner of ${session.getBaggageValue('n')}`);
      await new Promise(resolve => setTimeout(resolve, Math.random() * 10));
      await text(request);
      const answer = await fetch(tools, { method: 'POST', body: 'x' });
      response.end(JSON.stringify(await answer.json()));
    });
    const answers = await Promise.all(
      jobs.map(async ({ n, session: id }) => {
        const baggage = `session.id=${id},tenant.id=t${n},n=${n}`;
        const traceparent = `00-${String(n + 1).padStart(32, '0')}-${PARENT}-01`;
        const answer = await raw(planner, '/', { baggage, traceparent });
        return JSON.parse(/\{.*\}/.exec(answer)?.[0] ?? '{}') as Seen;
      }),
    );
    expect(answers).toEqual(
      jobs.map(({ n, session: id }) => ({ session: id, tenant: `t${n}`, step: `planner of ${n}`, n: String(n) })),
    );
    await recorder.all('POST', 400);
    const bySpan = recorder.spans.map(span => {
      const n = Number(idsOf(span).traceId) - 1;
      return span.attributes['tenant.id'] === `t${n}` && span.attributes['session.id'] === sessions[n % 4];
    });
    expect(bySpan).toHaveLength(600);
    expect(bySpan.filter(right => !right)).toEqual([]);
  });
});
