/** All commands of the door, by name. */
import { CATALOGUE_COMMANDS } from './families/catalogue.ts';
import { CLIENT_COMMANDS } from './families/client.ts';
import { CLUSTER_COMMANDS } from './families/cluster.ts';
import type { Command } from './command.ts';
import { CONNECTION_COMMANDS } from './families/connection.ts';
import { INFO_COMMANDS } from './families/info.ts';
import { KEY_COMMANDS } from './families/keys.ts';
import { RAFT_COMMANDS } from './families/raft.ts';
import { REFUSED_COMMANDS } from './families/refused.ts';
import { SCAN_COMMANDS } from './families/scan.ts';
import { SERVER_COMMANDS } from './families/server.ts';
import { STRING_COMMANDS } from './families/strings.ts';

export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ...STRING_COMMANDS, ...KEY_COMMANDS, ...SCAN_COMMANDS, ...CONNECTION_COMMANDS, ...CLIENT_COMMANDS,
  ...SERVER_COMMANDS, ...INFO_COMMANDS, ...CATALOGUE_COMMANDS, ...CLUSTER_COMMANDS, ...RAFT_COMMANDS,
  ...REFUSED_COMMANDS,
].map((command) => [command.name, command]));
