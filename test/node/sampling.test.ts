import { isInShare } from '@agentops/shared/telemetry/sampling-share';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrograms, type Child, type Programs } from '../support/node-child.js';
import { startCollector, type Collector } from '../support/node-collector.js';
import { ask } from '../support/node-servers.js';

/** Answers, after it has asked the next one; `/fail` with a failure of its own. */
const SERVICE = `
import { createServer } from 'node:http';
import { init, withAgent, withTool } from '@agentops/node';
const { serviceName, next, endpoint, sampling } = JSON.parse(process.env.CONFIG);
init({ serviceName, endpoint, telemetry: { sampling } });
const server = createServer(async (request, response) => {
  if (next) await withAgent(serviceName, () => fetch(next + '/step').then(answer => answer.text()));
  else withTool(serviceName, () => {});
  response.writeHead(request.url === '/fail' ? 500 : 200).end();
});
server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port));
`;

const PAGE_RATE = 0.1;
const sessions = Array.from({ length: 40 }, (_, n) => `session-${n}`);

let programs: Programs;
let collector: Collector;
const children: Child[] = [];

beforeAll(async () => {
  programs = await createPrograms();
  collector = await startCollector();
});
afterAll(async () => {
  await collector.close();
  await programs.remove();
});

async function startService(config: object): Promise<string> {
  const child = await programs.start(SERVICE, {
    env: { CONFIG: JSON.stringify({ ...config, endpoint: collector.url }) },
  });
  children.push(child);
  return child.line(/^http:/);
}

/** Ends the services, so that all they had to send has arrived. */
async function arrived() {
  for (const child of children.splice(0)) {
    child.kill('SIGTERM');
    await child.ended;
  }
  return collector.spans.splice(0).map(({ traceId, service, name, attributes }) => ({
    traceId,
    session: attributes['session.id'],
    span: `${service}: ${name}`,
  }));
}

const traceOf = (n: number) => (n + 1).toString(16).padStart(32, '0');
const WHOLE = ['planner: GET', 'planner: GET', 'planner: planner.agent', 'tools: GET', 'tools: tools.tool'];

describe('a planner and its tools, with rates of their own', () => {
  it('keep the sessions that the page keeps, whole, and those alone', async () => {
    const tools = await startService({ serviceName: 'tools', sampling: { rate: 0.5 } });
    const planner = await startService({ serviceName: 'planner', sampling: { rate: 1 }, next: tools });
    for (const [n, session] of sessions.entries()) {
      const flags = isInShare(session, PAGE_RATE) ? '01' : '00';
      const traceparent = `00-${traceOf(n)}-${'b'.repeat(16)}-${flags}`;
      await ask(planner, '/', { traceparent, baggage: `session.id=${session}` });
    }
    const spans = await arrived();
    const kept = sessions.filter(session => isInShare(session, PAGE_RATE));
    expect(kept.length).toBeGreaterThan(0);
    expect([...new Set(spans.map(({ session }) => session))].sort()).toEqual(kept.sort());
    for (const session of kept)
      expect(
        spans
          .filter(span => span.session === session)
          .map(({ span }) => span)
          .sort(),
      ).toEqual(WHOLE);
  });

  it('decide by the session where no trace arrives, the first for both', async () => {
    const tools = await startService({ serviceName: 'tools', sampling: { rate: 0.5 } });
    const planner = await startService({ serviceName: 'planner', sampling: { rate: PAGE_RATE }, next: tools });
    for (const session of sessions) await ask(planner, '/', { baggage: `session.id=${session}` });
    const spans = await arrived();
    const kept = sessions.filter(session => isInShare(session, PAGE_RATE));
    expect(spans.map(({ session }) => session).sort()).toEqual(
      kept.flatMap(session => WHOLE.map(() => session)).sort(),
    );
  });

  it('keep what fails in an unsampled session where it fails, each by its own rules', async () => {
    const tail = { keepErrors: true };
    const tools = await startService({ serviceName: 'tools', sampling: { rate: 0, tail } });
    const planner = await startService({ serviceName: 'planner', sampling: { rate: 0, tail }, next: tools });
    await ask(planner, '/', { baggage: 'session.id=fine' });
    await ask(planner, '/fail', { baggage: 'session.id=failing' });
    const spans = await arrived();
    expect(spans.map(({ span }) => span).sort()).toEqual(WHOLE.filter(span => span.startsWith('planner')));
    expect(new Set(spans.map(({ session, traceId }) => `${session} ${traceId}`)).size).toBe(1);
    expect(spans[0]?.session).toBe('failing');
  });
});
