/** The console's commands, their arguments and effects. They are the same in the window and in the terminal. */
import type { KvCommand, KvOperation } from '../kv/commands.ts';
import type { DoorChange } from '../trace/door.ts';
import type { MessageKind, Pace } from '../trace/events.ts';
import type { NodeName } from '../trace/names.ts';
import type { RuleName, VariantPreset } from '../trace/variant.ts';
import type { ReadKind } from './answers.ts';
import type { HeldAction } from './commands.ts';
import type { TimeOrder } from './consoleTime.ts';

/** A node by its name, or the leader at the time when the command is carried out. */
export type NodeTarget = NodeName | 'leader';

export type NodeAction = 'crash' | 'restart' | 'pause' | 'resume' | 'wipe' | 'compact';

/** What can be done to all nodes at once. Wiping them all would end the cluster. */
export type ActionOnAll = Extract<NodeAction, 'crash' | 'restart' | 'pause' | 'resume'>;

/** What can become of a node's place in the configuration. */
export type MembershipAction = 'remove' | 'promote' | 'demote' | 'replace';

/** One link, in one direction or both. */
export interface LinkTarget {
  readonly from: NodeTarget;
  readonly to: NodeTarget;
  readonly bothWays: boolean;
}

/** A line that was understood. */
export type ConsoleCommand =
  /** `node` null: the node that the console asks. `read` absent: the default kind. */
  | { readonly type: 'kv'; readonly node: NodeTarget | null; readonly command: KvCommand; readonly read?: ReadKind }
  | { readonly type: 'use'; readonly node: NodeTarget }
  | { readonly type: 'node'; readonly action: NodeAction; readonly nodes: readonly NodeTarget[] }
  /** Every node to which the action applies when the command is carried out. */
  | { readonly type: 'node'; readonly action: ActionOnAll; readonly nodes: 'all' }
  | { readonly type: 'add'; readonly asLearner: boolean }
  | { readonly type: 'membership'; readonly action: MembershipAction; readonly node: NodeTarget }
  | { readonly type: 'transfer'; readonly to: NodeTarget }
  | { readonly type: 'forget-leader'; readonly node: NodeTarget }
  | { readonly type: 'lease'; readonly enabled: boolean }
  | { readonly type: 'door'; readonly change: DoorChange }
  /** `seed` null: a drawn one. */
  | { readonly type: 'simulate'; readonly seed: number | null }
  /** `node` null: the node that the console asks. */
  | { readonly type: 'sessions'; readonly node: NodeTarget | null }
  | { readonly type: 'partition'; readonly groups: readonly (readonly NodeTarget[])[] }
  | { readonly type: 'heal' }
  | { readonly type: 'reset' }
  | ({ readonly type: 'cut' } & LinkTarget)
  | ({ readonly type: 'join' } & LinkTarget)
  | ({ readonly type: 'loss'; readonly percent: number } & LinkTarget)
  | ({ readonly type: 'delay'; readonly delayMs: number; readonly jitterMs: number } & LinkTarget)
  /** `link` null: every link. No kinds: everything. */
  | { readonly type: 'hold'; readonly link: LinkTarget | null; readonly kinds: readonly MessageKind[] }
  | { readonly type: 'release'; readonly link: LinkTarget | null }
  /** `node` null: of every node. */
  | { readonly type: 'messages'; readonly node: NodeTarget | null }
  /** By the number in a held message's short name. */
  | { readonly type: 'held'; readonly action: HeldAction; readonly message: number | 'all' }
  | { readonly type: 'pace'; readonly pace: Pace }
  | { readonly type: 'time'; readonly order: TimeOrder }
  | { readonly type: 'show-variant' }
  | { readonly type: 'variant'; readonly preset: VariantPreset }
  /** These safety rules are off, or on, from now on. */
  | { readonly type: 'rules'; readonly rules: readonly RuleName[]; readonly on: boolean }
  | { readonly type: 'status' }
  | { readonly type: 'help'; readonly topic: CommandWord | null }
  | { readonly type: 'clear' }
  | { readonly type: 'quit' };

/** Whether a command uses `leader` as a node. */
export function namesLeader(command: ConsoleCommand): boolean {
  switch (command.type) {
    case 'kv':
    case 'use':
    case 'membership':
    case 'forget-leader':
    case 'sessions':
    case 'messages':
      return command.node === 'leader';
    case 'transfer':
      return command.to === 'leader';
    case 'node':
      return command.nodes !== 'all' && command.nodes.includes('leader');
    case 'partition':
      return command.groups.some((group) => group.includes('leader'));
    case 'cut':
    case 'join':
    case 'loss':
    case 'delay':
      return command.from === 'leader' || command.to === 'leader';
    case 'hold':
    case 'release':
      return command.link?.from === 'leader' || command.link?.to === 'leader';
    case 'held':
    case 'add':
    case 'lease':
    case 'door':
    case 'simulate':
    case 'heal':
    case 'reset':
    case 'pace':
    case 'time':
    case 'show-variant':
    case 'variant':
    case 'rules':
    case 'status':
    case 'help':
    case 'clear':
    case 'quit':
      return false;
  }
}

/** What may stand at a place of a command, for completion. The last one of `nodes`, `groups` and `rules` repeats. */
export type ArgumentKind =
  | 'key' | 'value' | 'number' | 'read' | 'node' | 'nodes' | 'nodes-or-all' | 'groups' | 'learner' | 'switch' | 'pace'
  | 'door' | 'preset' | 'rules' | 'command' | 'unit' | 'held' | 'message' | 'message-or-all';

export interface CommandHelp {
  readonly usage: string;
  readonly summary: string;
  readonly takes: readonly ArgumentKind[];
  readonly group: 'data' | 'nodes' | 'membership' | 'network' | 'time' | 'console';
  readonly examples: readonly string[];
}

const LINK_NOTE = 'between two nodes; with > only from the first to the second';
const UNIT_NOTE = 'message, turn, election, commit, fault or finding';

/** Every command by its word, in the order of the help. */
export const COMMANDS = {
  get: {
    usage: 'get KEY [READ]', summary: 'read a key; READ is read-index (or none), lease, log or stale',
    takes: ['key', 'read'], group: 'data', examples: ['get colour', 'get colour stale', '@n2 get colour log'],
  },
  put: {
    usage: 'put KEY VALUE', summary: 'write a key', takes: ['key', 'value'], group: 'data',
    examples: ['put colour red', 'put motto "two words"', '@n4 put colour sea'],
  },
  delete: { usage: 'delete KEY', summary: 'remove a key', takes: ['key'], group: 'data', examples: ['delete colour'] },
  cas: {
    usage: 'cas KEY EXPECTED VALUE', summary: 'write a key only where it holds EXPECTED; - stands for absent',
    takes: ['key', 'value', 'value'], group: 'data', examples: ['cas colour red sea', 'cas lock - mine'],
  },
  incr: {
    usage: 'incr KEY [BY]', summary: 'add to a whole number; an absent key counts as 0',
    takes: ['key', 'number'], group: 'data', examples: ['incr visits', 'incr visits -5'],
  },
  list: {
    usage: 'list [PREFIX [READ]]', summary: 'the keys that begin with PREFIX, with their values',
    takes: ['key', 'read'], group: 'data', examples: ['list', 'list user:', 'list "" stale'],
  },
  sessions: {
    usage: 'sessions [NODE]', summary: 'the client sessions that a node keeps, by which a retry takes effect once',
    takes: ['node'], group: 'data', examples: ['sessions', 'sessions n3'],
  },
  use: {
    usage: 'use NODE', summary: 'ask this node from now on; @NODE in front of a command asks another once',
    takes: ['node'], group: 'data', examples: ['use n4', 'use leader', '@n1 get colour'],
  },
  crash: {
    usage: 'crash NODE…|all', summary: 'end the node at once; its disk keeps what was written',
    takes: ['nodes-or-all'], group: 'nodes', examples: ['crash n3', 'crash leader', 'crash all'],
  },
  restart: {
    usage: 'restart NODE…|all', summary: 'start a crashed node again on its disk',
    takes: ['nodes-or-all'], group: 'nodes', examples: ['restart n3', 'restart all'],
  },
  pause: {
    usage: 'pause NODE…|all', summary: 'stop a node without ending it, like a process that is not scheduled',
    takes: ['nodes-or-all'], group: 'nodes', examples: ['pause n3', 'pause all'],
  },
  resume: {
    usage: 'resume NODE…|all', summary: 'let a paused node continue',
    takes: ['nodes-or-all'], group: 'nodes', examples: ['resume n3', 'resume all'],
  },
  wipe: {
    usage: 'wipe NODE…', summary: 'delete the disk of a node, which comes back as another server',
    takes: ['nodes'], group: 'nodes', examples: ['wipe n3'],
  },
  compact: {
    usage: 'compact NODE…', summary: 'take a snapshot of what the node has applied and discard the log that it covers',
    takes: ['nodes'], group: 'nodes', examples: ['compact n3', 'compact leader'],
  },
  add: {
    usage: 'add [learner]', summary: 'a new node joins, catches up and becomes a voter; or stays a learner',
    takes: ['learner'], group: 'membership', examples: ['add', 'add learner'],
  },
  remove: {
    usage: 'remove NODE', summary: 'take a node out of the cluster for good, with its disk',
    takes: ['node'], group: 'membership', examples: ['remove n3', 'remove leader'],
  },
  promote: {
    usage: 'promote NODE', summary: 'make a learner a voter when it has caught up',
    takes: ['node'], group: 'membership', examples: ['promote n6'],
  },
  demote: {
    usage: 'demote NODE', summary: 'make a voter a learner: it gets the log and has no vote',
    takes: ['node'], group: 'membership', examples: ['demote n2'],
  },
  replace: {
    usage: 'replace NODE', summary: 'a new node catches up and takes its place in one joint change',
    takes: ['node'], group: 'membership', examples: ['replace n3'],
  },
  transfer: {
    usage: 'transfer NODE', summary: 'hand the leadership over to a node',
    takes: ['node'], group: 'membership', examples: ['transfer n2'],
  },
  'forget-leader': {
    usage: 'forget-leader NODE', summary: 'let a node forget its leader, so that it votes for another at once',
    takes: ['node'], group: 'membership', examples: ['forget-leader n2'],
  },
  partition: {
    usage: 'partition NODES | NODES', summary: 'partition the network; nodes that are not named form one more group',
    takes: ['groups'], group: 'network', examples: ['partition n1 n2 | n3 n4 n5', 'partition leader'],
  },
  heal: {
    usage: 'heal', summary: 'end the partition and join all cut links; loss and delay stay',
    takes: [], group: 'network', examples: ['heal'],
  },
  reset: {
    usage: 'reset', summary: 'remove every fault from every link', takes: [], group: 'network', examples: ['reset'],
  },
  cut: {
    usage: 'cut NODE [>] NODE', summary: `cut the link ${LINK_NOTE}`,
    takes: ['node', 'node'], group: 'network', examples: ['cut n1 n2', 'cut n1 > n2'],
  },
  join: {
    usage: 'join NODE [>] NODE', summary: `join a cut link ${LINK_NOTE}`,
    takes: ['node', 'node'], group: 'network', examples: ['join n1 n2'],
  },
  loss: {
    usage: 'loss NODE [>] NODE PERCENT', summary: `lose datagrams ${LINK_NOTE}; 0 loses none`,
    takes: ['node', 'node', 'number'], group: 'network', examples: ['loss n1 n2 10'],
  },
  delay: {
    usage: 'delay (NODE [>] NODE|N) MS [JITTER]',
    summary: `delay datagrams ${LINK_NOTE}; 0 delays none; or delay message N of next`,
    takes: ['node', 'node', 'number', 'number'], group: 'network',
    examples: ['delay n1 n2 50', 'delay n1 > n2 50 10', 'delay 3 50'],
  },
  hold: {
    usage: 'hold [all|[NODE [>] NODE] [KIND…]]',
    summary: 'hold the time of a simulated lab; or let messages wait at their sender until they are delivered by hand',
    takes: ['held'], group: 'network',
    examples: ['hold', 'hold all', 'hold leader n2', 'hold n1 > n2 AppendEntries', 'hold RequestVote'],
  },
  release: {
    usage: 'release [NODE [>] NODE]', summary: 'end the hold, and deliver what is held',
    takes: ['node', 'node'], group: 'network', examples: ['release', 'release n1 n2'],
  },
  messages: {
    usage: 'messages [NODE]', summary: 'the messages that are held, or those that one node holds: m1, m2 …',
    takes: ['node'], group: 'network', examples: ['messages', 'messages n1'],
  },
  deliver: {
    usage: 'deliver MESSAGE|all', summary: 'deliver a message that is held',
    takes: ['message-or-all'], group: 'network', examples: ['deliver m1', 'deliver all'],
  },
  lose: {
    usage: 'lose MESSAGE|all|N', summary: 'lose a message that is held, or message N of next',
    takes: ['message-or-all'], group: 'network', examples: ['lose m1', 'lose 2'],
  },
  double: {
    usage: 'double MESSAGE|N', summary: 'hold a message twice, so that it can arrive twice; or message N of next',
    takes: ['message'], group: 'network', examples: ['double m1', 'double 2'],
  },
  run: {
    usage: 'run [DURATION]', summary: 'let the time of a simulated lab run, or go on by so much',
    takes: ['value'], group: 'time', examples: ['run', 'run 5s', 'run 200ms'],
  },
  speed: {
    usage: 'speed FACTOR', summary: 'how fast time runs, from 0.01 to 100 times a clock',
    takes: ['number'], group: 'time', examples: ['speed 0.1'],
  },
  step: {
    usage: 'step [N] [UNIT]', summary: `go on to the next event, or ${UNIT_NOTE}`,
    takes: ['unit'], group: 'time', examples: ['step', 'step 3 message', 'step election'],
  },
  back: {
    usage: 'back [N] [UNIT]', summary: 'go back to the event before, or to another unit as with step',
    takes: ['unit'], group: 'time', examples: ['back', 'back 3 message', 'back commit'],
  },
  until: {
    usage: 'until CONDITION [within DURATION]', summary: 'go on until a condition holds',
    takes: ['value'], group: 'time',
    examples: ['until n3 leads', 'until commit of n1 >= 12 within 10s', 'until a message from n2 to n4 is lost'],
  },
  next: {
    usage: 'next', summary: 'what can happen next, with numbers', takes: [], group: 'time', examples: ['next'],
  },
  first: {
    usage: 'first N', summary: 'let number N of next happen before the others',
    takes: ['number'], group: 'time', examples: ['first 3'],
  },
  branches: {
    usage: 'branches', summary: 'the branches of a simulated lab, with numbers',
    takes: [], group: 'time', examples: ['branches'],
  },
  branch: {
    usage: 'branch BRANCH', summary: 'go to the end of another branch; BRANCH is its number or name',
    takes: ['value'], group: 'time', examples: ['branch 2', 'branch "crash n2 at 14.200 s"'],
  },
  'rename-branch': {
    usage: 'rename-branch BRANCH NAME', summary: 'give a branch another name',
    takes: ['value', 'value'], group: 'time', examples: ['rename-branch 2 "without n2"'],
  },
  'delete-branch': {
    usage: 'delete-branch BRANCH', summary: 'delete a branch, with those that began in it',
    takes: ['value'], group: 'time', examples: ['delete-branch 2'],
  },
  compare: {
    usage: 'compare BRANCH BRANCH', summary: 'the first event that differs in two branches',
    takes: ['value', 'value'], group: 'time', examples: ['compare 0 2'],
  },
  pace: {
    usage: 'pace fast|class|slow', summary: 'how fast heartbeats and elections go',
    takes: ['pace'], group: 'console', examples: ['pace slow'],
  },
  lease: {
    usage: 'lease on|off', summary: 'whether lease reads are allowed: they trust the clocks of the nodes',
    takes: ['switch'], group: 'console', examples: ['lease on'],
  },
  door: {
    usage: 'door on|off|redirect|forward|lan|local',
    summary: 'let programs in by the Redis protocol; redirect them, or forward; on the LAN too, or this machine alone',
    takes: ['door'], group: 'console', examples: ['door on', 'door redirect', 'door off'],
  },
  simulate: {
    usage: 'simulate [SEED]', summary: 'continue this live lab in a new simulated one, from what is on its disks now',
    takes: ['number'], group: 'console', examples: ['simulate', 'simulate 7'],
  },
  variant: {
    usage: 'variant [raftlab|paper]', summary: 'which Raft the lab runs; or change it, with all safety rules on',
    takes: ['preset'], group: 'console', examples: ['variant', 'variant paper'],
  },
  without: {
    usage: 'without RULE…', summary: 'switch safety rules off on all nodes: the cluster may break what Raft promises',
    takes: ['rules'], group: 'console', examples: ['without commitOnlyCurrentTerm'],
  },
  with: {
    usage: 'with RULE…', summary: 'switch safety rules on again',
    takes: ['rules'], group: 'console', examples: ['with commitOnlyCurrentTerm'],
  },
  status: { usage: 'status', summary: 'the nodes as a table', takes: [], group: 'console', examples: ['status'] },
  help: {
    usage: 'help [COMMAND]', summary: 'this list, or more about one command',
    takes: ['command'], group: 'console', examples: ['help cas'],
  },
  clear: { usage: 'clear', summary: 'clear the screen', takes: [], group: 'console', examples: ['clear'] },
  quit: { usage: 'quit', summary: 'stop all nodes and leave', takes: [], group: 'console', examples: ['quit'] },
} as const satisfies Readonly<Record<string, CommandHelp>>;

export type CommandWord = keyof typeof COMMANDS;

export const COMMAND_WORDS = Object.keys(COMMANDS) as readonly CommandWord[];

export function isCommandWord(text: string): text is CommandWord {
  return Object.hasOwn(COMMANDS, text);
}

/** The arguments and effect of a command. */
export function helpOf(word: CommandWord): CommandHelp {
  return COMMANDS[word];
}

/** The commands of time that have no second meaning. */
export type TimeWord = {
  [Word in CommandWord]: (typeof COMMANDS)[Word]['group'] extends 'time' ? Word : never
}[CommandWord];

export function isTimeWord(word: CommandWord): word is TimeWord {
  return COMMANDS[word].group === 'time';
}

const DATA_WORDS: readonly string[] = ['get', 'put', 'delete', 'cas', 'incr', 'list'] satisfies KvOperation[];

/** Whether a command asks a node for data, so that `@n4` may precede it. */
export function isDataWord(word: string): word is KvOperation {
  return DATA_WORDS.includes(word);
}
