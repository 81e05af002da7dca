// A service whose configuration is in agentops.yaml: two backends that get different things, tail sampling, metrics; and one tenant that keeps to itself.
import { readFile, rm } from 'node:fs/promises';
import { getMeter } from '@agentops/node/metrics';
import { init, session, shutdown, startSession, withAgent, withSpan, withTool } from '@agentops/node';

const out = process.env.OUT ?? 'out';
const port = process.env.AGENTOPS_METRICS_PROMETHEUS_PORT ?? 9_464;

await rm(out, { recursive: true, force: true });

/** Every trace of every service of the team says so. */
const team = {
  name: 'team',
  configureTracer: ({ resourceAttributes }) => ({ resourceAttributes: { ...resourceAttributes, team: 'support' } }),
};

init({ telemetry: { plugins: [team] } });
const tickets = getMeter().createCounter('tickets.answered', { unit: '{ticket}' });

async function answerTicket({ tenant, user, cost = 0.01, fails = false }) {
  session.addBaggage('tenant.id', tenant);
  await withAgent('support', { attributes: { 'user.email': user } }, async () => {
    await withSpan('db read ticket', async () => {});
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.cost': cost };
    await withSpan('chat gpt-4o', { attributes }, async () => {});
    await withTool('send reply', async () => {
      if (fails) throw new Error('mailbox full');
    });
    tickets.add(1);
  }).catch(error => console.log(`${tenant}: ${error.message}`));
}

async function openSession(options, ticket) {
  const opened = startSession(options);
  await opened.run(() => answerTicket(ticket));
  opened.end('Success');
}

await openSession({ name: 'cheap' }, { tenant: 'acme', user: 'ada@acme.test' });
await openSession({ name: 'failing' }, { tenant: 'acme', user: 'bob@acme.test', fails: true });
await openSession({ name: 'dear' }, { tenant: 'globex', user: 'cy@globex.test', cost: 0.75 });

// Its spans go to its own file and to no other backend, all of them, from a tracer provider of its own.
const isolated = {
  exporters: [{ type: 'file', path: `${out}/initech.jsonl` }],
  resourceAttributes: { 'tenant.id': 'initech' },
  sampling: { rate: 1 },
};
await openSession({ name: 'private', isolated }, { tenant: 'initech', user: 'di@initech.test' });

const scrape = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
await shutdown();

for (const backend of ['all', 'partner', 'initech']) {
  const text = await readFile(`${out}/${backend}.jsonl`, 'utf8');
  const spans = text
    .trim()
    .split('\n')
    .flatMap(line => JSON.parse(line).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(scope => scope.spans));
  console.log(`${backend}: ${spans.map(({ name }) => name).join(', ')}`);
}
console.log(scrape.match(/^(tickets_answered|llm_calls)\S+ .*/gm).join('\n'));
