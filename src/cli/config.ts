import type { ConfigDescription, Setting } from '@agentops/node/config';
import type { Command, OptionValues } from './command.js';

export const configCommand: Command = {
  usage: 'config [--json]',
  summary: 'Says what a service started here is configured with, and by what.',
  options: { json: { type: 'boolean', default: false } },
  help: [
    ['--json', 'as JSON'],
    ['', 'Reads the file and the environment as init() does; what code passes to init() goes before both'],
    ['', 'Exit code 0: all is well; 1: something is wrong; 2: wrong options'],
  ],
  run: config,
};

async function config(values: OptionValues): Promise<number> {
  // Here, so that the other commands start without it.
  const { describeConfig } = await import('@agentops/node/config');
  const description = describeConfig();
  process.stdout.write(values['json'] ? `${JSON.stringify(description, null, 2)}\n` : format(description));
  return description.issues.length ? 1 : 0;
}

function format({ settings, issues, warnings, notes }: ConfigDescription): string {
  const wrong = issues.map(
    ({ path, message, source }) => `  wrong    ${path}: ${message}${source ? ` (${source})` : ''}`,
  );
  const doubtful = warnings.map(warning => `  warning  ${warning}`);
  const idle = notes.map(note => `  note     ${note}`);
  return `${[...formatTable(settings), ...wrong, ...doubtful, ...idle].join('\n')}\n`;
}

function formatTable(settings: readonly Setting[]): string[] {
  const rows = settings.map(({ path, value, source }) => [path, JSON.stringify(value), source] as const);
  const widths = [0, 1].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows.map(
    ([path, value, source]) => `${path.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${source}`,
  );
}
