/** Turns an untrusted (name, input) into a Reply: parses, runs the handler, returns errors as data. Never throws. */
import { randomUUID } from 'node:crypto';
import type { CommandAnswer, CommandInput, CommandName } from '../contract/commands.ts';
import { commandSchemas } from '../contract/commands.ts';
import { parseInput } from '../contract/commandInput.ts';
import type { LabErrorCode, Reply } from '../contract/errors.ts';
import { LabError } from '../contract/errors.ts';
import type { Log } from './log.ts';

export type CommandHandlers = {
  readonly [Name in CommandName]: (input: CommandInput<Name>) => CommandAnswer<Name> | Promise<CommandAnswer<Name>>;
};

/** The longest message: the schema's words may quote the input. */
const MESSAGE_LENGTH_MAX = 300;

const refusal = (code: LabErrorCode, message: string): Reply<never> =>
  ({ ok: false, error: { code, message: message.slice(0, MESSAGE_LENGTH_MAX) } });

async function run<Name extends CommandName>(
  name: Name, input: unknown, handlers: CommandHandlers,
): Promise<CommandAnswer<Name>> {
  return handlers[name](parseInput(name, input));
}

function isCommandName(name: unknown): name is CommandName {
  return typeof name === 'string' && Object.hasOwn(commandSchemas, name);
}

/**
 * Carries out one command of a trusted sender.
 *
 * @param name and `input`: as they came from the window, not checked yet
 * @returns the answer, or the LabError as data; anything else that is thrown becomes `internal` with a reference to the
 *   log, because its message may hold paths
 */
export async function dispatch(
  name: unknown,
  input: unknown,
  handlers: CommandHandlers,
  log: Log,
): Promise<Reply<unknown>> {
  if (!isCommandName(name)) return refusal('unknown-command', 'Raftlab has no such command.');
  try {
    return { ok: true, value: await run(name, input, handlers) };
  } catch (error) {
    if (error instanceof LabError) return refusal(error.code, error.message);
    const reference = randomUUID().slice(0, 8);
    log.error(`${name} failed (${reference})`, error);
    return refusal('internal', `Raftlab failed to do this. The log has the details under ${reference}.`);
  }
}
