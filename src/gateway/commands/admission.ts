/** Whether a command may run at all: it is known, complete, let in, and asked of the right node. */
import type { Call, Command, CommandMode } from './command.ts';
import { redirectOf } from './redirects.ts';

const SHOWN_ARGUMENTS_MAX = 20;
const SHOWN_CHARACTERS_MAX = 128;

/** Why not, in Redis' own words, which clients look for; undefined where it may. */
export function refusalOf(
  call: Call, name: string, command: Command | undefined, mode: CommandMode,
): string | undefined {
  if (!call.client.isAuthenticated && command?.needsNoPassword !== true) {
    return 'NOAUTH Authentication required.';
  }
  if (command === undefined) {
    return unknownCommand(name, call.words);
  }
  const count = call.words.length;
  if (command.arity >= 0 ? count !== command.arity : count < -command.arity) {
    return `ERR wrong number of arguments for '${name}' command`;
  }
  return redirectOf(call, command, mode);
}

function unknownCommand(name: string, words: readonly Buffer[]): string {
  let shown = '';
  for (const word of words.slice(1, 1 + SHOWN_ARGUMENTS_MAX)) {
    if (shown.length >= SHOWN_CHARACTERS_MAX) {
      break;
    }
    shown += `'${word.toString('latin1', 0, SHOWN_CHARACTERS_MAX - shown.length)}' `;
  }
  return `ERR unknown command '${name}', with args beginning with: ${shown}`;
}
