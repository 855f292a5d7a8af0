/** Who may do what in a lab of several machines: the host enforces it, and windows show it in advance. Pure. */
import type { NodeName } from '../trace/names.ts';
import type { CommandName } from './commands.ts';
import type { LanRole, LanStatus, MachineStatus } from './lan.ts';

/** What everybody who knows the code may do: look. */
const LOOKING: ReadonlySet<CommandName> = new Set<CommandName>([
  'events:page', 'node:kv', 'node:disk', 'node:sessions',
]);
/** What a member may do to its own nodes. */
const OWN_NODE: ReadonlySet<CommandName> = new Set<CommandName>([
  'node:crash', 'node:restart', 'node:pause', 'node:resume', 'node:wipe', 'node:compact',
  'cluster:remove', 'cluster:promote', 'cluster:demote',
]);
/** What a host may do to a machine's nodes only with that machine's permission. */
const ACTS_ON_NODES: ReadonlySet<CommandName> = new Set<CommandName>([
  'node:crash', 'node:restart', 'node:pause', 'node:resume', 'node:wipe', 'link:set', 'network:partition',
  'network:hold', 'message:deliver', 'message:lose', 'message:double',
]);
/** What a machine does for itself, wherever the lab is. */
const ITS_OWN_AFFAIR =
  /^(?:app|settings|scenario|lan):|^lab:(?:list|create|open|openSeed|rename|copy|delete|attach)$|^events:acknowledge$/;

/**
 * @param input the command's input, parsed
 * @param ownNodes the nodes that the machine brought
 * @returns why it may not, in a sentence that says what to do; null when it may
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

/**
 * Whether a host may do something to the nodes of the machines that joined its lab.
 * @returns why it may not, in a sentence; null when it may
 */
export function mayActOnNodes(
  name: CommandName, input: unknown, machines: readonly Pick<MachineStatus, 'name' | 'role' | 'nodes' | 'permits'>[],
): string | null {
  if (!ACTS_ON_NODES.has(name)) {
    return null;
  }
  const text = JSON.stringify(input);
  const actsOn = (node: NodeName): boolean => name === 'network:hold' || text.includes(`"${node}"`);
  const refusing = machines.find((machine) => (
    machine.role !== 'host' && !machine.permits && machine.nodes.some(actsOn)));
  return refusing === undefined
    ? null
    : `${refusing.name} does not let the host act on its nodes (${refusing.nodes.join(', ')}): ask there to allow it`;
}

/** Why this machine, in its present LAN state, cannot do something; null when it can. */
export function refusalOf(status: LanStatus, name: CommandName, input: unknown): string | null {
  if (status.mode === 'local' || ITS_OWN_AFFAIR.test(name)) {
    return null;
  }
  if (status.mode === 'host') {
    // A machine that is not connected refuses nothing: what is done to links and partitions waits for it.
    return mayActOnNodes(name, input, status.machines.filter(({ isConnected }) => isConnected));
  }
  if (!status.isConnected) {
    return 'the host is not connected: wait until it is back';
  }
  const own = status.machines.find(({ machineId }) => machineId === status.machineId)?.nodes ?? [];
  return mayCommand(status.role, name, input, own);
}

function isReading(input: unknown): boolean {
  const command = typeof input === 'object' && input !== null && 'command' in input ? input.command : undefined;
  const op = typeof command === 'object' && command !== null && 'op' in command ? command.op : undefined;
  return op === 'get' || op === 'list';
}

function nodeOf(input: unknown): string {
  return typeof input === 'object' && input !== null && 'node' in input ? String(input.node) : '?';
}
