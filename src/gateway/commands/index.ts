/** All commands of the door, by name. */
import { CATALOGUE_COMMANDS } from './catalogue.ts';
import { CLIENT_COMMANDS } from './client.ts';
import { CLUSTER_COMMANDS } from './cluster.ts';
import type { Command } from './command.ts';
import { CONNECTION_COMMANDS } from './connection.ts';
import { INFO_COMMANDS } from './info.ts';
import { KEY_COMMANDS } from './keys.ts';
import { RAFT_COMMANDS } from './raft.ts';
import { REFUSED_COMMANDS } from './refused.ts';
import { SCAN_COMMANDS } from './scan.ts';
import { SERVER_COMMANDS } from './server.ts';
import { STRING_COMMANDS } from './strings.ts';

export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ...STRING_COMMANDS, ...KEY_COMMANDS, ...SCAN_COMMANDS, ...CONNECTION_COMMANDS, ...CLIENT_COMMANDS,
  ...SERVER_COMMANDS, ...INFO_COMMANDS, ...CATALOGUE_COMMANDS, ...CLUSTER_COMMANDS, ...RAFT_COMMANDS,
  ...REFUSED_COMMANDS,
].map((command) => [command.name, command]));
