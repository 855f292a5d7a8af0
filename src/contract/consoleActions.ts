/** Turns console commands into lab commands: replaces `leader` by a name and keeps each link's other faults. */
import { doorAfter } from '../trace/door.ts';
import type { Hold, LinkFaults } from '../trace/events.ts';
import { NO_FAULTS } from '../trace/events.ts';
import { linkKey } from '../trace/fold.ts';
import { nodeNumberOfName } from '../trace/names.ts';
import type { NodeName } from '../trace/names.ts';
import { variantOf, withoutRules } from '../trace/variant.ts';
import type { RaftVariant } from '../trace/variant.ts';
import type { ClusterView, NodeView } from '../trace/view.ts';
import type { CommandAnswer, CommandInput, CommandName } from './commands.ts';
import type { ConsoleCommand, LinkTarget, NodeAction, NodeTarget } from './consoleCommands.ts';
import { LabError } from './errors.ts';
import { nodeActionsFor } from './nodeActions.ts';

/** How many sessions the console lists. */
const SESSIONS_SHOWN = 20;

/** The lab's commands that the console can send. */
type ActionName = Extract<
  CommandName,
  | 'kv:execute' | `node:${NodeAction}` | 'node:sessions' | `message:${string}` | `cluster:${string}`
  | `network:${string}` | 'link:set'
  | 'lab:setPace' | 'lab:setLeaseReads' | 'lab:setDoor' | 'lab:setVariant' | 'lab:simulate'
>;

interface ActionOf<Name extends ActionName> {
  readonly name: Name;
  readonly input: CommandInput<Name>;
}

/** A command for the lab with its input. */
export type LabAction = { readonly [Name in ActionName]: ActionOf<Name> }[ActionName];

/** A lab command that was carried out, with its answer. */
export type LabOutcome = {
  readonly [Name in ActionName]: ActionOf<Name> & { readonly answer: CommandAnswer<Name> }
}[ActionName];

/** The commands that the console carries out itself, and those of time; the lab carries out the rest. */
type OwnCommand = Extract<
  ConsoleCommand,
  { readonly type: 'use' | 'time' | 'status' | 'messages' | 'show-variant' | 'help' | 'clear' | 'quit' }
>;
export type LabConsoleCommand = Exclude<ConsoleCommand, OwnCommand>;

/**
 * What to ask of the lab, in order; nothing where `all` stands for no node.
 * @param asked the node that the console asks
 * @throws {LabError} `no-leader` when the command says `leader` and nobody leads; `invalid-argument` when the nodes
 * make no link or no partition
 */
export function actionsFor(command: LabConsoleCommand, asked: NodeName, view: ClusterView): readonly LabAction[] {
  const name = (target: NodeTarget): NodeName => resolveTarget(target, view);
  switch (command.type) {
    case 'kv':
      return [{ name: 'kv:execute', input: kvInput(command, name(command.node ?? asked)) }];
    case 'node': {
      const nodes = command.nodes === 'all' ? nodesFor(command.action, view) : command.nodes.map(name);
      return nodes.map((node) => ({ name: `node:${command.action}`, input: { node } }));
    }
    case 'add':
      return [{ name: 'cluster:add', input: { asLearner: command.asLearner } }];
    case 'membership':
      return [{ name: `cluster:${command.action}`, input: { node: name(command.node) } }];
    case 'transfer':
      return [{ name: 'cluster:transfer', input: { to: name(command.to) } }];
    case 'forget-leader':
      return [{ name: 'cluster:forgetLeader', input: { node: name(command.node) } }];
    case 'lease':
      return [{ name: 'lab:setLeaseReads', input: { enabled: command.enabled } }];
    case 'door':
      return [{ name: 'lab:setDoor', input: { door: doorAfter(view.door, command.change) } }];
    case 'simulate':
      return [{ name: 'lab:simulate', input: command.seed === null ? {} : { seed: command.seed } }];
    case 'sessions':
      return [{ name: 'node:sessions', input: { node: name(command.node ?? asked), limit: SESSIONS_SHOWN } }];
    case 'partition': {
      const groups = wholePartition(command.groups.map((group) => group.map(name)), view);
      return [{ name: 'network:partition', input: { groups } }];
    }
    case 'heal':
      return [{ name: 'network:heal', input: {} }];
    case 'reset':
      return [{ name: 'network:reset', input: {} }];
    case 'hold': {
      const hold = command.kinds.length === 0 ? 'everything' : command.kinds;
      return holdActions(command.link, hold, name, view);
    }
    case 'release':
      return holdActions(command.link, 'nothing', name, view);
    case 'held':
      return heldActions(command, view);
    case 'pace':
      return [{ name: 'lab:setPace', input: { pace: command.pace } }];
    case 'variant':
      // A lab keeps its client sessions, or keeps having none (variantChanges.ts).
      return setVariant({ ...variantOf(command.preset), sessions: view.variant.sessions });
    case 'rules': {
      const others = view.variant.rulesOff.filter((rule) => !command.rules.includes(rule));
      return setVariant(withoutRules(view.variant, command.on ? others : [...others, ...command.rules]));
    }
    case 'cut':
    case 'join':
    case 'loss':
    case 'delay':
      return linkActions(name(command.from), name(command.to), command.bothWays, view, (now) => (
        faultsAfter(command, now)));
  }
}

function setVariant(variant: RaftVariant): readonly LabAction[] {
  return [{ name: 'lab:setVariant', input: { variant } }];
}

function kvInput({ command, read }: LabConsoleCommand & { type: 'kv' }, node: NodeName): CommandInput<'kv:execute'> {
  return read === undefined ? { node, command } : { node, command, read };
}

/**
 * The node that a target names.
 * @throws {LabError} `no-leader` when nobody leads
 */
export function resolveTarget(target: NodeTarget, view: ClusterView): NodeName {
  if (target !== 'leader') return target;
  const leader = leaderOf(view);
  if (leader !== null) return leader.name;
  throw new LabError('no-leader', 'no node leads at the moment: wait for the election, or name a node');
}

/** The running leader of the highest term: in a partition, an old leader may not yet know of its successor. */
export function leaderOf(view: ClusterView): NodeView | null {
  const leaders = Object.values(view.nodes).filter((node) => node.life === 'running' && node.role === 'leader');
  return leaders.reduce<NodeView | null>((best, node) => (best === null || node.term > best.term ? node : best), null);
}

/** The nodes to which an action applies now. A node whose file is lost is wiped, and not restarted with all others. */
export function nodesFor(action: NodeAction, view: ClusterView): readonly NodeName[] {
  const applies = (node: NodeView): boolean => {
    const actions = nodeActionsFor(node);
    return actions.includes(action) && !(action === 'restart' && actions[0] === 'wipe');
  };
  return Object.values(view.nodes).filter(applies).map(({ name }) => name)
    .sort((a, b) => nodeNumberOfName(a) - nodeNumberOfName(b));
}

/** A partition that names one group alone parts it from all others. */
function wholePartition(groups: NodeName[][], view: ClusterView): NodeName[][] {
  if (groups.length > 1) return groups;
  const rest = Object.values(view.nodes).map((node) => node.name).filter((node) => !groups.flat().includes(node));
  if (rest.length === 0) {
    const advice = 'name those of one side, or both sides with a | between them';
    throw new LabError('invalid-argument', `these are all the nodes: ${advice}`);
  }
  return [...groups, rest.sort((a, b) => nodeNumberOfName(a) - nodeNumberOfName(b))];
}

function holdActions(
  link: LinkTarget | null, hold: Hold, name: (target: NodeTarget) => NodeName, view: ClusterView,
): readonly LabAction[] {
  if (link === null) return [{ name: 'network:hold', input: { hold } }];
  return linkActions(name(link.from), name(link.to), link.bothWays, view, (now) => ({ ...now, hold }));
}

function heldActions({ action, message }: ConsoleCommand & { type: 'held' }, view: ClusterView): readonly LabAction[] {
  const held = message === 'all' ? view.held : view.held.filter(({ number }) => number === message);
  if (held.length === 0 && message !== 'all') {
    throw new LabError('not-held', `no message m${message} is held: messages lists what is`);
  }
  return held.map(({ from, messageId }) => ({ name: `message:${action}`, input: { node: from, messageId } }));
}

type LinkCommand = LabConsoleCommand & { readonly type: 'cut' | 'join' | 'loss' | 'delay' };

function linkActions(
  from: NodeName, to: NodeName, bothWays: boolean, view: ClusterView, change: (now: LinkFaults) => LinkFaults,
): readonly LabAction[] {
  if (from === to) throw new LabError('invalid-argument', `${from} has no link to itself: name two nodes`);
  const there = change(view.links[linkKey(from, to)]?.faults ?? NO_FAULTS);
  const set = (start: NodeName, end: NodeName, faults: LinkFaults): LabAction =>
    ({ name: 'link:set', input: { from: start, to: end, bothWays: false, faults } });
  if (!bothWays) return [set(from, to, there)];
  const back = change(view.links[linkKey(to, from)]?.faults ?? NO_FAULTS);
  return [set(from, to, there), set(to, from, back)];
}

function faultsAfter(command: LinkCommand, now: LinkFaults): LinkFaults {
  switch (command.type) {
    case 'cut':
      return { ...now, down: true };
    case 'join':
      return { ...now, down: false };
    case 'loss':
      return { ...now, lossPercent: command.percent };
    case 'delay':
      return { ...now, delayMs: command.delayMs, jitterMs: command.jitterMs };
  }
}
