import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Answer } from '../support/node-collector.js';
import { useProcesses } from '../support/node-processes.js';

/** Set it to 50 for the figures of docs/delivery.md. */
const KILLS = Number(process.env['AGENTOPS_KILLS'] ?? 8);
const LONGEST_LIFE_MS = 400;

/** Says of each span that it has started or ended in the turn after it has. */
const WORK = `import { init, withSpan } from '@agentops/node';
import { writeSync } from 'node:fs';
init({
  serviceName: 'crashing',
  endpoint: process.env.COLLECTOR,
  telemetry: { diskQueue: { folder: process.env.FOLDER }, batch: { delayMs: 20, maxBatchSize: 16, timeoutMs: 100 } },
});
const turn = () => new Promise(resolve => setImmediate(resolve));
const say = (what, span) => writeSync(1, what + ' ' + span.spanContext().spanId + '\\n');
console.log('ready');
for (;;) {
  let parent;
  await withSpan('parent', { attributes: { text: 'ü'.repeat(100) } }, async span => {
    parent = span;
    await turn();
    say('started', span);
    const children = [];
    for (let i = 0; i < 10; i++) withSpan('child', child => children.push(child));
    await turn();
    for (const child of children) say('ended', child);
  });
  await turn();
  say('ended', parent);
}`;

/** Delivers what the others have left, and says when nothing is left. */
const RECOVER = `import { init } from '@agentops/node';
import { readdirSync } from 'node:fs';
const client = init({ serviceName: 'next', endpoint: process.env.COLLECTOR, telemetry: { diskQueue: { folder: process.env.FOLDER } } });
setInterval(() => {
  const [{ delivered, dropped, pending }] = client.health().backends;
  const left = readdirSync(process.env.FOLDER).flatMap(name => readdirSync(process.env.FOLDER + '/' + name));
  if (delivered && !left.length) console.log('left: ' + pending + ' ' + JSON.stringify(dropped));
}, 20);`;

const processes = useProcesses();

it(
  `loses nothing that was on disk when the process is killed, ${KILLS} times`,
  async () => {
    const { collector, folder, programs } = processes;
    const env = { COLLECTOR: collector.url, FOLDER: folder };
    const moods: Answer[] = [200, 200, 503, 'dead', 'hang'];
    const said = { started: new Set<string>(), ended: new Set<string>() };
    for (let i = 0; i < KILLS; i++) {
      collector.script(moods[i % moods.length] ?? 200);
      const child = await programs.start(WORK, { env });
      await child.printed('ready');
      await sleep(randomInt(LONGEST_LIFE_MS));
      child.kill('SIGKILL');
      const { stdout } = await child.ended;
      for (const [, what, id] of stdout.matchAll(/^(started|ended) (.{16})$/gm))
        said[what as keyof typeof said].add(String(id));
    }
    collector.script(200);
    const heir = await programs.start(RECOVER, { env });
    expect(await heir.line(/^left/)).toBe('left: 0 {}');
    heir.kill('SIGTERM');
    const { stderr } = await heir.ended;

    const arrived = new Map(collector.spans.map(span => [span.spanId, span]));
    const lost = [...said.started, ...said.ended].filter(id => !arrived.has(id));
    const unfinished = [...said.started].filter(id => !said.ended.has(id));
    const interrupted = collector.spans.filter(span => span.attributes['agentops.interrupted']);
    const batches = new Map<unknown, number>();
    for (const { headers } of collector.exports)
      batches.set(headers['agentops-batch-id'], (batches.get(headers['agentops-batch-id']) ?? 0) + 1);
    const twice = collector.spans.length - arrived.size;
    console.log(
      `${KILLS} kills: ${said.ended.size} spans ended, ${unfinished.length} unfinished; ${arrived.size} arrived, ` +
        `${twice} of them twice, ${interrupted.length} as interrupted; ${batches.size} batches in ${collector.exports.length} requests`,
    );
    expect(lost).toEqual([]);
    expect(interrupted.filter(({ spanId }) => said.ended.has(spanId))).toEqual([]);
    expect(stderr).toBe('');
  },
  60_000 + KILLS * 5_000,
);
