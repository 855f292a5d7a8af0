/** From an untrusted (name, input) to a Reply: parse, run the handler, turn every error into data. It never throws. */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { CommandAnswer, CommandInput, CommandName } from '../contract/commands.ts';
import { commandSchemas } from '../contract/commands.ts';
import type { LabErrorCode, Reply } from '../contract/errors.ts';
import { LabError } from '../contract/errors.ts';
import type { Log } from './log.ts';

export type CommandHandlers = {
  readonly [Name in CommandName]: (input: CommandInput<Name>) => CommandAnswer<Name> | Promise<CommandAnswer<Name>>;
};

/** The schema's words may quote what was sent; a sentence stays a sentence. */
const MESSAGE_LENGTH_MAX = 300;

const refusal = (code: LabErrorCode, message: string): Reply<never> =>
  ({ ok: false, error: { code, message: message.slice(0, MESSAGE_LENGTH_MAX) } });

function isCommandName(name: unknown): name is CommandName {
  return typeof name === 'string' && Object.hasOwn(commandSchemas, name);
}

/** The first thing that is wrong with an input, for a person: `node: not a node name (n1, n2 …)`. */
function explain(error: z.core.$ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'the input is not valid';
  const where = issue.path.map(String).join('.');
  return where === '' ? issue.message : `${where}: ${issue.message}`;
}

async function run<Name extends CommandName>(
  name: Name,
  input: unknown,
  handlers: CommandHandlers,
): Promise<Reply<CommandAnswer<Name>>> {
  const parsed = commandSchemas[name].safeParse(input);
  if (!parsed.success) return refusal('invalid-argument', explain(parsed.error));
  // The schema that parsed it is this very command's, which the compiler cannot follow through the generic lookup.
  const value = await handlers[name](parsed.data as CommandInput<Name>);
  return { ok: true, value };
}

/**
 * Carries out one command of a trusted sender.
 *
 * @param name and `input`: as they came from the window, not yet looked at
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
    return await run(name, input, handlers);
  } catch (error) {
    if (error instanceof LabError) return refusal(error.code, error.message);
    const reference = randomUUID().slice(0, 8);
    log.error(`${name} failed (${reference})`, error);
    return refusal('internal', `Raftlab failed to do this. The log has the details under ${reference}.`);
  }
}
