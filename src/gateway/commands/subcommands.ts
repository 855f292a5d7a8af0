/** Commands whose second word says what they do. */
import { CommandError } from './command.ts';
import type { Call } from './command.ts';
import { textsReply } from './replies.ts';
import { optionOf, wordOf } from './words.ts';

export interface Subcommand {
  /** The number of words, both names included; a negative one: at least so many. */
  readonly words: number;
  readonly run?: (call: Call) => void;
  /** Why it is not carried out, in place of `run`. */
  readonly refused?: string;
}

/** By name, in capitals. */
export type Subcommands = Readonly<Record<string, Subcommand>>;

/**
 * Does what the second word says.
 * @throws {CommandError} in Redis' own words when it says nothing known: clients that try something new look for them
 */
export function runSubcommand(call: Call, name: string, subcommands: Subcommands): void {
  const option = optionOf(call, 1);
  const found = Object.hasOwn(subcommands, option) ? subcommands[option] : undefined;
  if (found === undefined) {
    if (option === 'HELP') {
      call.answer(textsReply(Object.keys(subcommands).map((each) => `${name.toUpperCase()} ${each}`)));
      return;
    }
    const shown = wordOf(call, 1).toString('latin1', 0, 128);
    throw new CommandError(`ERR unknown subcommand '${shown}'. Try ${name.toUpperCase()} HELP.`);
  }
  const count = call.words.length;
  if (found.words >= 0 ? count !== found.words : count < -found.words) {
    throw new CommandError(`ERR wrong number of arguments for '${name}|${option.toLowerCase()}' command`);
  }
  if (found.run === undefined) {
    throw new CommandError(`ERR ${name.toUpperCase()} ${option} is not carried out: ${found.refused ?? ''}`);
  }
  found.run(call);
}
