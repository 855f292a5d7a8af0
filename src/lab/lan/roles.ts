/** Who may do what in a lab of several machines. The host's own window is asked nothing. Pure. */
import type { CommandName } from '../../contract/commands.ts';
import type { LanRole } from '../../contract/lan.ts';
import type { NodeName } from '../../trace/names.ts';

/** What anybody may do who knows the code: look. */
const LOOKING: ReadonlySet<CommandName> = new Set<CommandName>([
  'events:page', 'node:kv', 'node:disk', 'node:sessions',
]);
/** What a member may do to its own nodes. */
const OWN_NODE: ReadonlySet<CommandName> = new Set<CommandName>([
  'node:crash', 'node:restart', 'node:pause', 'node:resume', 'node:wipe', 'cluster:remove', 'cluster:promote',
  'cluster:demote',
]);

/**
 * @param input the command's input, parsed
 * @param ownNodes the nodes that the machine brought
 * @returns why not, in a sentence that says what to do; null when it may
 */
export function mayCommand(
  role: LanRole, name: CommandName, input: unknown, ownNodes: readonly NodeName[],
): string | null {
  if (LOOKING.has(name)) {
    return null;
  }
  if (name === 'kv:execute') {
    return role === 'member' || isReading(input) ? null : 'a viewer looks and reads: join as a member to write';
  }
  if (!OWN_NODE.has(name)) {
    return 'only the host may do this: ask at the machine where the lab was opened';
  }
  if (role === 'viewer') {
    return 'a viewer looks and reads: join as a member to bring nodes of your own';
  }
  const node = nodeOf(input);
  return ownNodes.some((own) => own === node)
    ? null
    : `${node} is not a node of this machine: a member acts on its own nodes, the host on all`;
}

function isReading(input: unknown): boolean {
  const command = typeof input === 'object' && input !== null && 'command' in input ? input.command : undefined;
  const op = typeof command === 'object' && command !== null && 'op' in command ? command.op : undefined;
  return op === 'get' || op === 'list';
}

function nodeOf(input: unknown): string {
  return typeof input === 'object' && input !== null && 'node' in input ? String(input.node) : '?';
}
