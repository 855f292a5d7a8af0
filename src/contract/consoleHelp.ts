/** The console's help as text. */
import { COMMAND_WORDS, COMMANDS, helpOf } from './consoleCommands.ts';
import type { CommandWord } from './consoleCommands.ts';

const GROUP_TITLES = {
  data: 'Data', nodes: 'Nodes', membership: 'Membership', network: 'Network', time: 'Time of a simulated lab',
  console: 'Console',
} as const;

/** The console's help: a line for each command, or one command with examples. Plain text. */
export function helpText(topic: CommandWord | null): string {
  if (topic !== null) {
    const { usage, summary, examples } = helpOf(topic);
    return [usage, `  ${summary}`, ...examples.map((example) => `  e.g. ${example}`)].join('\n');
  }
  const width = Math.max(...COMMAND_WORDS.map((word) => COMMANDS[word].usage.length));
  const sections = (Object.keys(GROUP_TITLES) as (keyof typeof GROUP_TITLES)[]).map((group) => {
    const words = COMMAND_WORDS.filter((word) => COMMANDS[word].group === group);
    const lines = words.map((word) => `  ${COMMANDS[word].usage.padEnd(width)}  ${COMMANDS[word].summary}`);
    return [GROUP_TITLES[group], ...lines].join('\n');
  });
  const notes = [
    'NODE is n1, n2 …, or leader. Keys and values with spaces stand in quotes: put motto "two words".',
    'help COMMAND shows examples.',
  ];
  return [...sections, notes.join('\n')].join('\n\n');
}
