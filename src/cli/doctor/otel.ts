import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type { Diagnosis as OtelDiagnosis, GlobalOwner, Problem } from '@agentops/shared';
import { type Check, type Finding, UnreachableError } from './finding.js';

/** How long a set-up may take before it is asked. */
const TIMEOUT_MS = 30_000;

/** The set-up may print, too. */
const MARK = 'agentops-diagnosis ';

/** What a process that was started with `--import <module>` has of OpenTelemetry. */
export const checkOtel: Check = async values => {
  const module = String(values['import']);
  const { globals, copies, problems } = await ask(module);
  return {
    title: `node --import ${module}`,
    findings: [
      ...globals.map(describe),
      ...copies.map<Finding>(({ name, version, path }) => ({ level: 'ok', text: `${name} ${version} in ${path}` })),
      ...problems.map(toFinding),
    ],
  };
};

const WHOSE: Readonly<Record<GlobalOwner['owner'], string>> = {
  agentops: "AgentOps's",
  other: "the app's",
  nobody: "nobody's",
};

function describe({ name, owner, holder }: GlobalOwner): Finding {
  return { level: 'ok', text: `${name} is ${WHOSE[owner]}${holder ? `, ${holder}` : ''}` };
}

/** None keeps the process from running: whether it is wanted so the app must know. */
function toFinding({ what, consequence, remedy }: Problem): Finding {
  return { level: 'hint', text: `${what}: ${consequence}`, todo: remedy };
}

/** Starts a process with the set-up, for only a process itself knows what it has. */
async function ask(module: string): Promise<OtelDiagnosis> {
  const args = ['--import', toSpecifier(module), '--input-type=module', '--eval', QUESTION];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS });
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const answer = out.split('\n').find(line => line.startsWith(MARK));
  if (!answer) throw new UnreachableError(`${module} did not start: ${errors.trim() || 'it ended without a word'}`);
  return JSON.parse(answer.slice(MARK.length)) as OtelDiagnosis;
}

const QUESTION = `
  const { diagnose } = await import(${JSON.stringify(import.meta.resolve('@agentops/node/otel'))});
  process.stdout.write('\\n${MARK}' + JSON.stringify(diagnose()) + '\\n', () => process.exit());
`;

/** What looks like a file is one, also without the `./` that `node --import` wants. */
function toSpecifier(module: string): string {
  const isFile = /\.[cm]?[jt]s$/.test(module) && !module.startsWith('@');
  return isFile ? pathToFileURL(resolve(module)).href : module;
}
