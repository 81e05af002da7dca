import { type Command, type OptionValues, UsageError } from '../command.js';
import { checkCors } from './cors.js';
import { checkOtel } from './otel.js';
import { type Check, type Diagnosis, type Finding, UnreachableError } from './finding.js';

/** Option -> the check it asks for. */
const CHECKS: Readonly<Record<string, Check>> = { cors: checkCors, import: checkOtel };

const EXIT_FINE = 0;
const EXIT_MISSING = 1;
const EXIT_UNREACHABLE = 2;

export const doctorCommand: Command = {
  usage:
    'doctor --cors <url> [--origin <url>] [--method POST] [--credentials] [--b3] [--b3multi]  or  doctor --import <module>',
  summary: 'Says what is missing for traces to get through, and the line to add.',
  options: {
    cors: { type: 'string' },
    origin: { type: 'string', default: 'http://localhost:3000' },
    method: { type: 'string', default: 'POST' },
    credentials: { type: 'boolean', default: false },
    b3: { type: 'boolean', default: false },
    b3multi: { type: 'boolean', default: false },
    import: { type: 'string' },
  },
  help: [
    ['--cors <url>', 'whether a page may send trace headers and baggage to this URL: asks it as a browser would'],
    ['--origin <url>', 'where the page is; http://localhost:3000 unless given'],
    ['--method <name>', 'what the page sends; POST unless given'],
    ['--credentials', 'the page sends cookies along'],
    ['--b3', 'the page sends b3, too'],
    ['--b3multi', 'the page sends x-b3-*, too'],
    ['--import <module>', 'who owns which part of OpenTelemetry in a process started with `node --import <module>`'],
    ['', 'Exit code 0: all is well; 1: something is missing; 2: wrong options, or no answer'],
  ],
  run: doctor,
};

async function doctor(values: OptionValues): Promise<number> {
  const asked = Object.entries(CHECKS).filter(([option]) => values[option] !== undefined);
  if (!asked.length) throw new UsageError('nothing to check: give --cors <url> or --import <module>');
  try {
    const diagnoses = await Promise.all(asked.map(([, check]) => check(values)));
    process.stdout.write(diagnoses.map(format).join('\n'));
    return diagnoses.some(({ findings }) => findings.some(isMissing)) ? EXIT_MISSING : EXIT_FINE;
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    process.stderr.write(`agentops: ${error.message}\n`);
    return EXIT_UNREACHABLE;
  }
}

function isMissing({ level }: Finding): boolean {
  return level === 'missing';
}

function format({ title, findings }: Diagnosis): string {
  const lines = findings.flatMap(({ level, text, add, todo }) => [
    `  ${level.padEnd(8)} ${text}`,
    ...(add ? [`           add  ${add}`] : []),
    ...(todo ? [`           ${todo}`] : []),
  ]);
  return `${title}\n${lines.join('\n')}\n`;
}
