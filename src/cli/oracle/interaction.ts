/** Runs the interaction scripts: each command lets a scripted cluster take one step, and prints the result. */
import {
  configurationOf,
  InvariantViolation,
  type Message,
  ProposalDropped,
  type Snapshot,
  type Transition,
} from '../../raft/index.ts';
import {
  bareIds,
  bareKeys,
  boolean,
  checkArguments,
  firstInteger,
  integer,
  integerOf,
  integersOf,
  ScriptError,
  type Signature,
  valueOf,
  valuesOf,
} from './arguments.ts';
import type { Argument, Case } from './dataDriven.ts';
import { describeMessage, describeProgress, isMessageName } from './describe.ts';
import { changeOf, parseChanges } from './entries.ts';
import { ScriptedCluster } from './scriptedCluster.ts';
import type { ScriptedNode } from './scriptedNode.ts';
import { SETTING_OPTIONS, settingsFrom } from './scriptedSettings.ts';

interface Command extends Signature {
  readonly run: (args: readonly Argument[], input: string) => void;
}

const TRANSITIONS: ReadonlyMap<string, Transition> = new Map([
  ['auto', 'auto'],
  ['implicit', 'joint-implicit'],
  ['explicit', 'joint-explicit'],
]);

/** More than any script needs. */
const NODES_MAX = 1_000;

/** Runs the cases of one script, in order, on one cluster. */
export class InteractionScript {
  readonly #cluster = new ScriptedCluster();

  /** By name. A command about a node gets the node's id first. */
  readonly #commands: ReadonlyMap<string, Command> = new Map<string, Command>([
    // A place where a debugger can stop.
    ['_breakpoint', { options: 'any', run: () => undefined }],
    [
      'add-nodes',
      { bareCount: 1, options: ['voters', 'learners', 'content', ...SETTING_OPTIONS], run: this.#addNodes.bind(this) },
    ],
    ['campaign', this.#onNode((node) => node.raft.campaign())],
    ['compact', { bareCount: 2, run: this.#compact.bind(this) }],
    ['deliver-msgs', { options: ['drop', 'type'], run: this.#deliverMessages.bind(this) }],
    ['forget-leader', this.#onNode((node) => node.raft.forgetLeader())],
    ['log-level', { bareCount: 1, run: (args) => this.#setLogLevel(args[0]?.key ?? '') }],
    [
      'process-append-thread',
      this.#onEach('processing append thread', (node) => this.#cluster.processAppendThread(node)),
    ],
    ['process-apply-thread', this.#onEach('processing apply thread', (node) => this.#cluster.processApplyThread(node))],
    ['process-ready', this.#onEach('handling Ready', (node) => this.#cluster.processReady(node))],
    ['propose', { bareCount: 2, run: this.#propose.bind(this) }],
    [
      'propose-conf-change',
      // Its answer to an unknown option is in the scripts' own words.
      { bareCount: 1, options: 'any', run: this.#proposeConfigurationChange.bind(this) },
    ],
    ['raft-log', this.#onNode((node) => this.#cluster.printLog(node))],
    ['raft-state', { run: () => this.#cluster.printState() }],
    ['report-unreachable', { run: this.#reportUnreachable.bind(this) }],
    ['send-snapshot', { bareCount: 2, run: this.#sendSnapshot.bind(this) }],
    [
      'set-randomized-election-timeout',
      { bareCount: 1, options: ['timeout'], run: this.#setRandomizedElectionTimeout.bind(this) },
    ],
    ['stabilize', { options: ['log-level'], run: this.#stabilize.bind(this) }],
    [
      'status',
      this.#onNode(({ raft }) => this.#cluster.output.write(describeProgress(raft.status().progress))),
    ],
    ['tick-election', this.#onNode((node) => tick(node, node.settings.electionTimeoutTicks))],
    ['tick-heartbeat', this.#onNode((node) => tick(node, node.settings.heartbeatTicks))],
    ['transfer-leadership', { options: ['from', 'to'], run: this.#transferLeadership.bind(this) }],
  ]);

  /**
   * Runs one case.
   * @returns what it prints; `ok` when it prints nothing
   */
  run({ command: name, args, input }: Case): string {
    this.#cluster.output.take();
    let failure = '';
    try {
      const command = this.#commands.get(name);
      if (command === undefined) {
        throw new ScriptError('unknown command');
      }
      checkArguments(args, command);
      command.run(args, input);
    } catch (error) {
      failure = inScriptsWords(error);
    }
    const printed = this.#cluster.output.take() + failure;
    return printed === '' ? 'ok' : printed;
  }

  /** A command about the node that the first argument names. */
  #onNode(action: (node: ScriptedNode) => void): Command {
    return { bareCount: 1, run: (args) => action(this.#cluster.node(firstInteger(args))) };
  }

  /** A command about the nodes named. With more than one, the output of each has its own heading. */
  #onEach(heading: string, action: (node: ScriptedNode) => void): Command {
    return {
      run: (args) => {
        const nodes = bareIds(args).map((id) => this.#cluster.node(id));
        for (const node of nodes) {
          if (nodes.length > 1) {
            this.#cluster.under(`${node.id} ${heading}`, () => action(node));
          } else {
            action(node);
          }
        }
      },
    };
  }

  #addNodes(args: readonly Argument[]): void {
    const count = firstInteger(args);
    if (count > NODES_MAX) {
      throw new ScriptError(`${count} nodes are more than the ${NODES_MAX} that a script may have`);
    }
    const settings = settingsFrom(args.slice(1));
    const index = settings.applied ?? 0;
    const voters = integersOf(args, 'voters');
    const learners = integersOf(args, 'learners');
    const content = valueOf(args, 'content') ?? '';
    const fromNothing = index === 0 && voters.length === 0 && learners.length === 0 && content === '';
    if (!fromNothing && index <= 1) {
      throw new ScriptError('index must be specified as > 1 due to bootstrap');
    }
    const start: Snapshot = {
      lastIncludedIndex: index,
      lastIncludedTerm: fromNothing ? 0 : 1,
      configuration: configurationOf(voters, learners),
      data: new TextEncoder().encode(content),
    };
    for (let i = 0; i < count; i++) {
      this.#cluster.add(settings, start);
    }
  }

  #compact(args: readonly Argument[]): void {
    const [id = 0, lastCompacted = 0] = bareIds(args);
    const node = this.#cluster.node(id);
    if (lastCompacted < node.storage.firstIndex()) {
      throw new ScriptError('requested index is unavailable due to compaction');
    }
    node.storage.compact(lastCompacted + 1);
    this.#cluster.printLog(node);
  }

  #propose(args: readonly Argument[]): void {
    const [id = '', data = '', ...more] = bareKeys(args);
    if (more.length > 0) {
      throw new ScriptError(`one proposal at a time: "${data}" is followed by "${more.join(' ')}"`);
    }
    this.#cluster.node(integer(id)).raft.propose(new TextEncoder().encode(data));
  }

  #proposeConfigurationChange(args: readonly Argument[], input: string): void {
    const node = this.#cluster.node(firstInteger(args));
    const unknown = args.find(({ key, values }) => values.length > 0 && !['v1', 'transition'].includes(key));
    if (unknown !== undefined) {
      throw new ScriptError(`unknown command ${unknown.key}`);
    }
    const singleForm = boolean(valueOf(args, 'v1') ?? 'false');
    const name = valueOf(args, 'transition') ?? 'auto';
    const transition = TRANSITIONS.get(name);
    if (transition === undefined) {
      throw new ScriptError(`unknown transition ${name}`);
    }
    const changes = parseChanges(input);
    if (singleForm && (changes.length > 1 || transition !== 'auto')) {
      throw new ScriptError('v1 conf change can only have one operation and no transition');
    }
    if (singleForm && changes.length === 0) {
      throw new ScriptError('a v1 conf change needs one operation');
    }
    node.raft.proposeConfigurationChange(changeOf(changes, transition, singleForm));
  }

  #reportUnreachable(args: readonly Argument[]): void {
    const [reporter, unreachable, ...more] = bareIds(args).map((id) => this.#cluster.node(id));
    if (reporter === undefined || unreachable === undefined || more.length > 0) {
      throw new ScriptError(
        'must specify exactly two node indexes: node on which to report, and reported node',
      );
    }
    reporter.raft.reportUnreachable(unreachable.id);
  }

  #sendSnapshot(args: readonly Argument[]): void {
    // The receiver need not exist yet.
    const [from = 0, to = 0] = bareIds(args);
    const { id, raft, storage } = this.#cluster.node(from);
    const snapshot = storage.newestSnapshot;
    const message: Message = { type: 'InstallSnapshot', from: id, to, term: raft.status().term, snapshot };
    this.#cluster.send(message);
    this.#cluster.output.write(describeMessage(message));
  }

  #setLogLevel(name: string): void {
    if (!this.#cluster.output.setLevel(name)) {
      throw new ScriptError('log levels must be either of [DEBUG INFO WARN ERROR FATAL NONE]');
    }
  }

  #setRandomizedElectionTimeout(args: readonly Argument[]): void {
    const timeoutTicks = integerOf(args, 'timeout');
    if (timeoutTicks === 0) {
      throw new ScriptError('an election timeout of 0 ticks');
    }
    this.#cluster.node(firstInteger(args)).raft.setRandomizedElectionTimeout(timeoutTicks);
  }

  #deliverMessages(args: readonly Argument[]): void {
    const type = valueOf(args, 'type');
    if (type !== undefined && !isMessageName(type)) {
      throw new ScriptError(`unknown message type ${type}`);
    }
    const delivered = bareIds(args);
    const both = integersOf(args, 'drop').find((id) => delivered.includes(id));
    if (both !== undefined) {
      throw new ScriptError(`can't both deliver and drop msgs to ${both}`);
    }
    // In the order in which the script names the recipients.
    let count = 0;
    for (const argument of args) {
      if (argument.values.length === 0) {
        count += this.#cluster.deliver({ to: integer(argument.key), type, drop: false });
      }
      for (const id of valuesOf([argument], 'drop')) {
        count += this.#cluster.deliver({ to: integer(id), type, drop: true });
      }
    }
    if (count === 0) {
      this.#cluster.output.write('no messages\n');
    }
  }

  #stabilize(args: readonly Argument[]): void {
    const { output, nodes } = this.#cluster;
    const before = output.level;
    const level = valueOf(args, 'log-level');
    if (level !== undefined) {
      this.#setLogLevel(level);
    }
    const ids = bareIds(args);
    try {
      this.#cluster.stabilize(ids.length === 0 ? nodes : ids.map((id) => this.#cluster.node(id)));
    } finally {
      output.setLevel(before);
    }
  }

  #transferLeadership(args: readonly Argument[]): void {
    const from = this.#cluster.node(integerOf(args, 'from'));
    const to = this.#cluster.node(integerOf(args, 'to'));
    from.raft.transferLeadership(to.id);
  }
}

function tick({ raft }: ScriptedNode, ticks: number): void {
  for (let i = 0; i < ticks; i++) {
    raft.tick();
  }
}

function inScriptsWords(error: unknown): string {
  if (error instanceof ProposalDropped) {
    return 'raft proposal dropped';
  }
  if (error instanceof InvariantViolation) {
    return `invariant violated: ${error.message}`;
  }
  return error instanceof Error ? error.message : String(error);
}
