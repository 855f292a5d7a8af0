/**
 * A scripted cluster: nodes without clock or randomness, and the messages between them that a script has not delivered.
 */
import {
  isForThreads, type Message, type NodeId, type ReadyForThreads, type Snapshot, type StepOutcome,
} from '../../raft/index.ts';
import { allVoters } from '../../raft/quorum.ts';
import { ScriptError } from './arguments.ts';
import {
  type Carried,
  describeMessage,
  describeReady,
  messageName,
  roleName,
  withNode,
} from './describe.ts';
import { describeEntries } from './entries.ts';
import { Output } from './output.ts';
import { ScriptedNode } from './scriptedNode.ts';
import type { ScriptedSettings } from './scriptedSettings.ts';

/** What a node answers to a message that it does not accept, in the scripts' words. */
const OUTCOMES: Record<StepOutcome, string | undefined> = {
  stepped: undefined,
  'unknown-peer': 'raft: cannot step as peer not found',
  'proposal-dropped': 'raft proposal dropped',
  malformed: 'raft: malformed message',
};

/** Far more than any cluster needs to come to rest. */
const ROUNDS_MAX = 10_000;

/** Which messages a command is about. */
interface Choice {
  readonly to: NodeId;
  /** In the scripts' words; undefined: all kinds. */
  readonly type: string | undefined;
  readonly drop: boolean;
}

export class ScriptedCluster {
  readonly output = new Output();
  readonly #nodes: ScriptedNode[] = [];
  /** In flight. */
  #messages: Carried[] = [];

  get nodes(): readonly ScriptedNode[] {
    return this.#nodes;
  }

  /** @throws {ScriptError} when there is no such node */
  node(id: NodeId): ScriptedNode {
    const node = this.#nodes[id - 1];
    if (node === undefined) {
      throw new ScriptError(`no node ${id}`);
    }
    return node;
  }

  /** A node with the next id. */
  add(settings: ScriptedSettings, start: Snapshot): void {
    this.#nodes.push(new ScriptedNode(this.#nodes.length + 1, settings, start));
  }

  /** Prints what `body` prints under a heading. */
  under(heading: string, body: () => void): void {
    this.output.write(`> ${heading}\n`);
    this.output.indented(body);
  }

  /** Puts a message into flight by hand. */
  send(message: Message): void {
    this.#messages.push(message);
  }

  /** Does what a node's Ready asks for. */
  processReady(node: ScriptedNode): void {
    const ready = node.takeReady();
    const { storageAppend, storageApply }: Partial<ReadyForThreads> = isForThreads(ready) ? ready : {};
    const network: readonly Message[] = [...ready.messagesBeforePersist, ...ready.messages];
    const local: Carried[] = [
      ...(storageAppend ? [{ type: 'StorageAppend', node: node.id, ...storageAppend } as const] : []),
      ...(storageApply ? [{ type: 'StorageApply', node: node.id, ...storageApply } as const] : []),
    ];
    this.output.write(describeReady(ready, [...network, ...local]));
    if (!node.asynchronous) {
      node.persist(ready);
      node.apply(ready.committedEntries);
    }
    this.#messages.push(...network);
    if (storageAppend !== undefined) {
      node.appendWork.push(storageAppend);
    }
    if (storageApply !== undefined) {
      node.applyWork.push(storageApply);
    }
    if (!node.asynchronous) {
      node.raft.advance();
    }
    node.raft.takeEvents();
  }

  /** Does one write of a node that writes asynchronously. */
  processAppendThread(node: ScriptedNode): void {
    const work = node.appendWork.shift();
    if (work === undefined) {
      this.output.write('no append work to perform');
      return;
    }
    this.#printProcessing({ type: 'StorageAppend', node: node.id, ...work, responses: [] });
    node.persist(work);
    this.#respond(work.responses.map((response) => withNode(response, node.id)));
  }

  /** Applies once on a node that applies asynchronously. */
  processApplyThread(node: ScriptedNode): void {
    const work = node.applyWork.shift();
    if (work === undefined) {
      this.output.write('no apply work to perform');
      return;
    }
    this.#printProcessing({ type: 'StorageApply', node: node.id, ...work, responses: [] });
    node.apply(work.entries);
    this.#respond(work.responses.map((response) => withNode(response, node.id)));
  }

  #printProcessing(work: Carried): void {
    this.output.write(`Processing:\n${describeMessage(work)}\n`);
  }

  #respond(responses: readonly Carried[]): void {
    this.output.write('Responses:\n');
    responses.forEach((response) => {
      this.output.write(`${describeMessage(response)}\n`);
    });
    this.#messages.push(...responses);
  }

  /**
   * Delivers or drops the messages that are in flight to one node.
   * @returns the number of those messages
   */
  deliver(choice: Choice): number {
    const chosen = this.#messages.filter((message) => isChosen(message, choice));
    this.#messages = this.#messages.filter((message) => !chosen.includes(message));
    for (const message of chosen) {
      this.output.write(`${choice.drop ? 'dropped: ' : ''}${describeMessage(message)}\n`);
      if (!choice.drop) {
        this.#step(this.node(choice.to), message);
      }
    }
    return chosen.length;
  }

  #step(node: ScriptedNode, message: Carried): void {
    if (message.type === 'StorageAppend' || message.type === 'StorageApply') {
      throw new ScriptError(`${messageName(message.type)} is not for a node`);
    }
    const answer = OUTCOMES[node.step(message)];
    if (answer !== undefined) {
      this.output.write(`${answer}\n`);
    }
  }

  /** Lets these nodes work and hear each other until there is nothing left to do. */
  stabilize(nodes: readonly ScriptedNode[]): void {
    for (let rounds = 0; this.#stabilizeOnce(nodes); rounds++) {
      if (rounds >= ROUNDS_MAX) {
        throw new ScriptError(`the nodes have not come to rest in ${ROUNDS_MAX} rounds`);
      }
    }
  }

  /** Lets each node do all its work of one kind, then of the next. @returns whether there was any */
  #stabilizeOnce(nodes: readonly ScriptedNode[]): boolean {
    let worked = false;
    const work = (when: boolean, heading: string, body: () => void): void => {
      if (when) {
        worked = true;
        this.under(heading, body);
      }
    };
    for (const node of nodes) {
      work(node.raft.hasReady(), `${node.id} handling Ready`, () => {
        this.processReady(node);
      });
    }
    for (const { id } of nodes) {
      const choice: Choice = { to: id, type: undefined, drop: false };
      const waiting = this.#messages.some((message) => isChosen(message, choice));
      work(waiting, `${id} receiving messages`, () => {
        this.deliver(choice);
      });
    }
    for (const node of nodes) {
      work(node.appendWork.length > 0, `${node.id} processing append thread`, () => {
        while (node.appendWork.length > 0) {
          this.processAppendThread(node);
        }
      });
    }
    for (const node of nodes) {
      work(node.applyWork.length > 0, `${node.id} processing apply thread`, () => {
        while (node.applyWork.length > 0) {
          this.processApplyThread(node);
        }
      });
    }
    return worked;
  }

  /** Prints a node's persisted log. */
  printLog({ storage }: ScriptedNode): void {
    const [first, last] = [storage.firstIndex(), storage.lastIndex()];
    this.output.write(
      last < first
        ? `log is empty: first index=${first}, last index=${last}`
        : describeEntries(storage.entries(first, last + 1, Infinity)),
    );
  }

  /** Prints how each node sees itself and its leader. */
  printState(): void {
    for (const { raft } of this.#nodes) {
      const { id, role, term, leader, configuration } = raft.status();
      const voter = allVoters(configuration).includes(id) ? 'Voter' : 'Non-Voter';
      this.output.write(`${id}: ${roleName(role)} (${voter}) Term:${term} Lead:${leader}\n`);
    }
  }
}

function isChosen(message: Carried, { to, type, drop }: Choice): boolean {
  return (
    recipientOf(message) === to &&
    !(drop && isLocal(message)) &&
    (type === undefined || messageName(message.type) === type)
  );
}

/** The node that a message goes to; undefined for work that goes to a storage thread. */
function recipientOf(message: Carried): NodeId | undefined {
  if ('to' in message) {
    return message.to;
  }
  return message.type === 'StorageAppend' || message.type === 'StorageApply' ? undefined : message.node;
}

/** A message that never leaves a node cannot be lost. */
function isLocal(message: Carried): boolean {
  if (!('to' in message)) {
    return true;
  }
  // The scripts' request for a transfer comes from the transfer's target.
  return message.to === (message.type === 'TransferLeadership' ? message.transferee : message.from);
}
