/** Runs the interaction scripts: each command lets a scripted cluster take one step, and prints what comes of it. */
import {
  configurationOf,
  InvariantViolation,
  type Message,
  ProposalDropped,
  type Snapshot,
  type Transition,
} from '../../raft/index.ts';
import { bareIds, bareKeys, boolean, firstInteger, integer, ScriptError, valueOf, valuesOf } from './arguments.ts';
import type { Argument, Case } from './dataDriven.ts';
import { changeOf, describeMessage, describeProgress, isMessageName, parseChanges } from './describe.ts';
import { ScriptedCluster } from './scriptedCluster.ts';
import type { ScriptedNode } from './scriptedNode.ts';
import { settingsFrom } from './scriptedSettings.ts';

type Command = (args: readonly Argument[], input: string) => void;

const TRANSITIONS: Record<string, Transition> = {
  auto: 'auto',
  implicit: 'joint-implicit',
  explicit: 'joint-explicit',
};

/** Runs the cases of one script, in order, on one cluster. */
export class InteractionScript {
  readonly #cluster = new ScriptedCluster();

  readonly #commands: Record<string, Command> = {
    // A place for a debugger to stop at.
    _breakpoint: () => undefined,
    'add-nodes': (args) => {
      this.#addNodes(args);
    },
    campaign: (args) => {
      this.#first(args).raft.campaign();
    },
    compact: (args) => {
      this.#compact(args);
    },
    'deliver-msgs': (args) => {
      this.#deliverMessages(args);
    },
    'forget-leader': (args) => {
      this.#first(args).raft.forgetLeader();
    },
    'log-level': (args) => {
      this.#setLogLevel(args[0]?.key ?? '');
    },
    'process-append-thread': (args) => {
      this.#onEach(args, 'processing append thread', (node) => {
        this.#cluster.processAppendThread(node);
      });
    },
    'process-apply-thread': (args) => {
      this.#onEach(args, 'processing apply thread', (node) => {
        this.#cluster.processApplyThread(node);
      });
    },
    'process-ready': (args) => {
      this.#onEach(args, 'handling Ready', (node) => {
        this.#cluster.processReady(node);
      });
    },
    propose: (args) => {
      this.#first(args).raft.propose(new TextEncoder().encode(args[1]?.key ?? ''));
    },
    'propose-conf-change': (args, input) => {
      this.#proposeConfigurationChange(args, input);
    },
    'raft-log': (args) => {
      this.#cluster.printLog(this.#first(args));
    },
    'raft-state': () => {
      this.#cluster.printState();
    },
    'report-unreachable': (args) => {
      const [reporter, unreachable] = bareIds(args).map((id) => this.#cluster.node(id));
      reporter?.raft.reportUnreachable(unreachable?.id ?? 0);
    },
    'send-snapshot': (args) => {
      this.#sendSnapshot(args);
    },
    'set-randomized-election-timeout': (args) => {
      this.#first(args).raft.setRandomizedElectionTimeout(integer(valueOf(args, 'timeout') ?? ''));
    },
    stabilize: (args) => {
      this.#stabilize(args);
    },
    status: (args) => {
      this.#cluster.output.write(describeProgress(this.#first(args).raft.status().progress));
    },
    'tick-election': (args) => {
      const node = this.#first(args);
      tick(node, node.settings.electionTimeoutTicks);
    },
    'tick-heartbeat': (args) => {
      const node = this.#first(args);
      tick(node, node.settings.heartbeatTicks);
    },
    'transfer-leadership': (args) => {
      const leader = this.#cluster.node(integer(valueOf(args, 'from') ?? ''));
      leader.raft.transferLeadership(integer(valueOf(args, 'to') ?? ''));
    },
  };

  /**
   * Runs one case.
   * @returns what it prints; `ok` when that is nothing
   */
  run({ command, args, input }: Case): string {
    this.#cluster.output.take();
    let failure = '';
    try {
      const execute = this.#commands[command];
      if (execute === undefined) {
        throw new ScriptError('unknown command');
      }
      execute(args, input);
    } catch (error) {
      failure = inScriptsWords(error);
    }
    const printed = this.#cluster.output.take() + failure;
    return printed === '' ? 'ok' : printed;
  }

  /** The node that the first argument names. */
  #first(args: readonly Argument[]): ScriptedNode {
    return this.#cluster.node(firstInteger(args));
  }

  /** The nodes named by bare ids. With more than one, what each prints stands under its own heading. */
  #onEach(args: readonly Argument[], heading: string, action: (node: ScriptedNode) => void): void {
    const nodes = bareIds(args).map((id) => this.#cluster.node(id));
    for (const node of nodes) {
      if (nodes.length > 1) {
        this.#cluster.under(`${node.id} ${heading}`, () => {
          action(node);
        });
      } else {
        action(node);
      }
    }
  }

  #addNodes(args: readonly Argument[]): void {
    const count = firstInteger(args);
    const index = integer(valueOf(args, 'index') ?? '0');
    const voters = valuesOf(args, 'voters').map(integer);
    const learners = valuesOf(args, 'learners').map(integer);
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
    const settings = settingsFrom(args.slice(1));
    for (let i = 0; i < count; i++) {
      this.#cluster.add(settings, start);
    }
  }

  #compact(args: readonly Argument[]): void {
    const node = this.#first(args);
    const lastCompacted = integer(args[1]?.key ?? '');
    if (lastCompacted < node.storage.firstIndex()) {
      throw new ScriptError('requested index is unavailable due to compaction');
    }
    node.storage.compact(lastCompacted + 1);
    this.#cluster.printLog(node);
  }

  #proposeConfigurationChange(args: readonly Argument[], input: string): void {
    const node = this.#first(args);
    const unknown = args.slice(1).find(({ key, values }) => values.length > 0 && !['v1', 'transition'].includes(key));
    if (unknown !== undefined) {
      throw new ScriptError(`unknown command ${unknown.key}`);
    }
    const singleForm = boolean(valueOf(args, 'v1') ?? 'false');
    const name = valueOf(args, 'transition') ?? 'auto';
    const transition = TRANSITIONS[name];
    if (transition === undefined) {
      throw new ScriptError(`unknown transition ${name}`);
    }
    const changes = parseChanges(input);
    if (singleForm && (changes.length > 1 || transition !== 'auto')) {
      throw new ScriptError('v1 conf change can only have one operation and no transition');
    }
    node.raft.proposeConfigurationChange(changeOf(changes, transition, singleForm));
  }

  #sendSnapshot(args: readonly Argument[]): void {
    const [from, to] = bareIds(args);
    const { id, raft, storage } = this.#cluster.node(from ?? 0);
    const snapshot = storage.snapshot();
    if (to === undefined || snapshot === undefined) {
      throw new ScriptError('send-snapshot needs two nodes');
    }
    const message: Message = { type: 'InstallSnapshot', from: id, to, term: raft.status().term, snapshot };
    this.#cluster.send(message);
    this.#cluster.output.write(describeMessage(message));
  }

  #setLogLevel(name: string): void {
    if (!this.#cluster.output.setLevel(name)) {
      throw new ScriptError('log levels must be either of [DEBUG INFO WARN ERROR FATAL NONE]');
    }
  }

  #deliverMessages(args: readonly Argument[]): void {
    const type = valueOf(args, 'type');
    if (type !== undefined && !isMessageName(type)) {
      throw new ScriptError(`unknown message type ${type}`);
    }
    const delivered = bareKeys(args);
    const both = valuesOf(args, 'drop').find((id) => delivered.includes(id));
    if (both !== undefined) {
      throw new ScriptError(`can't both deliver and drop msgs to ${both}`);
    }
    // In the order in which the script names the recipients.
    let count = 0;
    for (const { key, values } of args) {
      if (values.length === 0) {
        count += this.#cluster.deliver({ to: integer(key), type, drop: false });
      } else if (key === 'drop') {
        for (const id of values) {
          count += this.#cluster.deliver({ to: integer(id), type, drop: true });
        }
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
