/** All commands of the door, by name. */
import type { Command } from './command.ts';
import { STRING_COMMANDS } from './strings.ts';
import { CONNECTION_COMMANDS } from './connection.ts';

export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [...STRING_COMMANDS, ...CONNECTION_COMMANDS].map((command) => [command.name, command]),
);
