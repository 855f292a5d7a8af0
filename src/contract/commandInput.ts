/** The only place where a command's input is checked, wherever it comes from. */
import type { z } from 'zod';
import { commandSchemas } from './commands.ts';
import type { CommandInput, CommandName } from './commands.ts';
import { LabError } from './errors.ts';

/**
 * A command's input as its schema reads it.
 * @throws {LabError} `invalid-argument` with the first thing that is wrong, for a person
 */
export function parseInput<Name extends CommandName>(name: Name, input: unknown): CommandInput<Name> {
  const parsed = commandSchemas[name].safeParse(input);
  if (!parsed.success) {
    throw new LabError('invalid-argument', explain(parsed.error));
  }
  // The schema belongs to this command, but the compiler cannot follow that through the generic lookup.
  return parsed.data as CommandInput<Name>;
}

/** The first thing that is wrong with an input: `node: not a node name (n1, n2 …)`. */
export function explain(error: z.core.$ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'the input is not valid';
  const where = issue.path.map(String).join('.');
  return where === '' ? issue.message : `${where}: ${issue.message}`;
}
