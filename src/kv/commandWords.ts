/** A key-value command as it is typed in the console, and its outcome, shortened for a line of a table. */
import type { KvCommand, KvResult } from './commands.ts';
import { isBare, quoteText } from './text.ts';

/** Longer keys and values are cut, with an ellipsis. */
const TEXT_CHARACTERS_MAX = 32;

/** The command in words: `put colour "red"`, `cas colour "red"→"sea"`, `incr visits`. */
export function describeCommand(command: KvCommand): string {
  switch (command.op) {
    case 'get':
      return `get ${keyWord(command.key)}`;
    case 'put':
      return `put ${keyWord(command.key)} ${quoted(command.value)}`;
    case 'delete':
      return `delete ${keyWord(command.key)}`;
    case 'cas': {
      const expected = command.expected === null ? 'absent' : quoted(command.expected);
      return `cas ${keyWord(command.key)} ${expected}→${quoted(command.value)}`;
    }
    case 'incr':
      return command.by === 1 ? `incr ${keyWord(command.key)}` : `incr ${keyWord(command.key)} ${command.by}`;
    case 'list': {
      const prefix = command.prefix === '' ? '' : ` ${keyWord(command.prefix)}`;
      return `list${prefix}${command.after === undefined ? '' : ` after ${keyWord(command.after)}`}`;
    }
  }
}

/** Why a command did not do what it says: `not swapped, it was "3"`; undefined when it did. */
export function describeShortfall(result: KvResult): string | undefined {
  if (result.type === 'refused') return `refused, ${result.code.replaceAll('-', ' ')}`;
  if (result.type !== 'compared' || result.swapped) return undefined;
  return `not swapped, it was ${result.actual === null ? 'absent' : quoted(result.actual)}`;
}

/** A key without quotes where the console can read it that way, otherwise in quotes. */
function keyWord(key: string): string {
  return isBare(key) ? shortened(key) : quoted(key);
}

function quoted(text: string): string {
  return quoteText(shortened(text));
}

/** Cuts between code points, never within one, and without going through all of a long text. */
function shortened(text: string): string {
  if (text.length <= TEXT_CHARACTERS_MAX) return text;
  const start = Array.from(text.slice(0, 2 * TEXT_CHARACTERS_MAX + 1));
  if (start.length <= TEXT_CHARACTERS_MAX) return text;
  return `${start.slice(0, TEXT_CHARACTERS_MAX - 1).join('')}…`;
}
