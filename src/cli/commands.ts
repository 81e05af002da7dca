import { parseArgs } from 'node:util';
import { type Command, type OptionValues, UsageError } from './command.js';
import { configCommand } from './config.js';
import { doctorCommand } from './doctor/doctor.js';
import { formatHelp } from './help.js';
import { readVersion } from './version.js';
import { viewCommand } from './view.js';

const commands: ReadonlyMap<string, Command> = new Map([
  ['view', viewCommand],
  ['doctor', doctorCommand],
  ['config', configCommand],
  [
    'help',
    {
      usage: 'help',
      summary: 'Shows this text.',
      options: {},
      help: [],
      run: async () => print(formatHelp([...commands.values()])),
    },
  ],
]);

/** Flags that stand in place of a command. */
const flags: ReadonlyMap<string | undefined, () => number> = new Map([
  [undefined, () => print(formatHelp([...commands.values()]))],
  ['--help', () => print(formatHelp([...commands.values()]))],
  ['-h', () => print(formatHelp([...commands.values()]))],
  ['--version', () => print(readVersion())],
  ['-v', () => print(readVersion())],
]);

const USAGE_EXIT_CODE = 2;

/** Runs one command line; resolves to the exit code. */
export async function runCommand([name, ...rest]: string[]): Promise<number> {
  const flag = flags.get(name);
  if (flag) return flag();
  try {
    const command = commands.get(name ?? '');
    if (!command) throw new UsageError(`unknown command "${name}"`);
    if (rest.includes('--help') || rest.includes('-h')) return print(formatHelp([command]));
    return await command.run(parseOptions(command, rest));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isUsage = error instanceof UsageError;
    process.stderr.write(`agentops: ${message}${isUsage ? '; see "agentops help"' : ''}\n`);
    return isUsage ? USAGE_EXIT_CODE : 1;
  }
}

function parseOptions(command: Command, args: string[]): OptionValues {
  try {
    return parseArgs({ args, options: command.options, allowPositionals: false }).values as OptionValues;
  } catch (error) {
    const [firstSentence = 'wrong options'] = String((error as Error).message).split(/\. |\n/);
    throw new UsageError(firstSentence.charAt(0).toLowerCase() + firstSentence.slice(1));
  }
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
