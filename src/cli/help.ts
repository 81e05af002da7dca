import type { Command } from './command.js';

const OPTION_WIDTH = 18;

export function formatHelp(commands: Command[]): string {
  const usages = commands.map(({ usage, summary, help }) =>
    [
      `  agentops ${usage}`,
      `      ${summary}`,
      ...help.map(([option, meaning]) => `      ${option.padEnd(OPTION_WIDTH)}${meaning}`),
    ].join('\n'),
  );
  return ['Usage:', usages.join('\n\n'), '', '  agentops --version'].join('\n');
}
