/**
 * A simulated cluster for development in a browser and for component tests. It behaves much like Raft, so that every
 * state of the window can be seen. It is not Raft, and the released app does not contain it.
 */
import type { LinkFaults, Pace } from '../../../trace/events.ts';
import type { NodeName } from '../../../trace/names.ts';
import { FakeElections } from './fakeElections.ts';
import { FakeMembers } from './fakeMembers.ts';
import { FakeNetwork } from './fakeNetwork.ts';
import type { FakeNetworkOptions } from './fakeNetwork.ts';
import type { FakeEntry, FakeNode } from './fakeNode.ts';
import { FakeReplication } from './fakeReplication.ts';
import { commandText } from './kv.ts';
import type { KvCommand, KvResult } from './kv.ts';

/** How long a command waits for its majority before its outcome counts as unknown. */
const COMMAND_TIMEOUT_MS = 5000;

/** `random` is uniform in [0, 1) and seeded, so that a screenshot can be repeated. */
export interface FakeClusterOptions extends FakeNetworkOptions {
  readonly labId: string;
  readonly name: string;
  readonly nodeCount: number;
  readonly pace: Pace;
}

export interface FakeCommit {
  readonly result: KvResult;
  readonly index: number;
  readonly term: number;
  readonly leader: NodeName;
}

export class FakeCluster {
  readonly labId: string;
  readonly name: string;
  readonly #network: FakeNetwork;
  readonly #members: FakeMembers;
  readonly #replication: FakeReplication;
  readonly #waiting = new Map<string, (commit: FakeCommit) => void>();
  #requestCount = 0;

  constructor(options: FakeClusterOptions) {
    this.labId = options.labId;
    this.name = options.name;
    this.#network = new FakeNetwork(options);
    this.#members = new FakeMembers({
      ...options, network: this.#network, onElectionTimeout: (node) => { elections.start(node); },
    });
    this.#replication = new FakeReplication(this.#members, (node, entry, result) => {
      this.#answer(node, entry, result);
    });
    const elections = new FakeElections(this.#members, this.#replication);
  }

  get nodes(): readonly FakeNode[] {
    return this.#members.nodes;
  }

  get pace(): Pace {
    return this.#members.pace;
  }

  open(): void {
    const { labId, name, pace } = this;
    this.#members.emit(null, { type: 'labOpened', labId, name, pace, nodes: this.nodes.map((node) => node.name) });
    for (const node of this.nodes) this.start(node);
    this.#replication.beat();
  }

  close(): void {
    this.#network.close();
    for (const node of this.nodes) clearTimeout(node.timer);
  }

  node(name: NodeName): FakeNode | undefined {
    return this.nodes.find((node) => node.name === name);
  }

  // ---- people's actions ----

  start(node: FakeNode): void {
    node.life = 'running';
    node.boot += 1;
    this.#members.emit(node, {
      type: 'nodeStarted', name: node.name, incarnation: node.incarnation, address: '127.0.0.1', port: node.port,
      threadId: node.boot + Number(node.name.slice(1)), databasePath: node.databasePath(this.labId), boot: node.boot,
      hardState: { currentTerm: node.term, votedFor: node.votedFor, commitIndex: node.commitIndex },
      firstIndex: 1, lastIndex: node.lastIndex, openMs: 4.2,
      tail: node.log.map((entry, position) => this.#members.summary(entry, position + 1)).slice(-64),
    });
    this.#members.emit(node, { type: 'configurationChanged', configuration: this.#members.configuration() });
    this.#members.resetTimer(node);
  }

  crash(node: FakeNode): void {
    node.life = 'crashed';
    node.forgetMemory();
    this.#members.emit(node, { type: 'nodeCrashed' });
  }

  pause(node: FakeNode): void {
    node.life = 'paused';
    clearTimeout(node.timer);
    this.#members.emit(node, { type: 'nodePaused' });
  }

  resume(node: FakeNode): void {
    node.life = 'running';
    this.#members.emit(node, { type: 'nodeResumed' });
    const inbox = node.inbox;
    node.inbox = [];
    for (const deliver of inbox) deliver();
    if (node.role !== 'leader') this.#members.resetTimer(node);
  }

  wipe(node: FakeNode): void {
    node.forgetMemory();
    node.incarnation += 1;
    node.boot = 0;
    node.term = 0;
    node.votedFor = 0;
    node.log = [];
    this.#members.emit(node, { type: 'nodeWiped', incarnation: node.incarnation });
    this.start(node);
  }

  rename(name: string): void {
    this.#members.emit(null, { type: 'labRenamed', name });
  }

  setPace(pace: Pace): void {
    this.#members.pace = pace;
    this.#members.emit(null, { type: 'paceChanged', pace });
    for (const node of this.nodes) {
      if (node.life === 'running' && node.role !== 'leader') this.#members.resetTimer(node);
    }
  }

  setLink(from: NodeName, to: NodeName, faults: LinkFaults): void {
    this.#network.setLink(from, to, faults);
  }

  partition(groups: readonly (readonly NodeName[])[]): void {
    const groupOf = (name: NodeName) => groups.findIndex((group) => group.includes(name));
    for (const from of this.nodes) {
      for (const to of this.nodes) {
        const down = from !== to && groupOf(from.name) !== groupOf(to.name);
        const before = this.#network.faults(from.name, to.name);
        if (before.down !== down) this.setLink(from.name, to.name, { ...before, down });
      }
    }
    this.#members.emit(null, { type: 'partitioned', groups });
  }

  /** @param everything also removes loss and delay */
  heal(everything: boolean): void {
    this.#network.heal(everything);
  }

  // ---- clients ----

  /** Asks a node; null when no majority answered in time. */
  async execute(asked: FakeNode, command: KvCommand, client: string): Promise<FakeCommit | null> {
    this.#requestCount += 1;
    const requestId = `${asked.name}-${this.#requestCount}`;
    const text = commandText(command);
    const startedAtMs = performance.now();
    this.#members.emit(asked, { type: 'clientAsked', requestId, client, text });
    const commit = await new Promise<FakeCommit | null>((resolve) => {
      const timeout = setTimeout(() => { resolve(null); }, COMMAND_TIMEOUT_MS);
      this.#waiting.set(requestId, (value) => {
        clearTimeout(timeout);
        resolve(value);
      });
      const name = `${client} #${this.#requestCount}`;
      this.#propose(asked, { term: 0, type: 'command', text, client: name, command, requestId });
    });
    this.#waiting.delete(requestId);
    this.#members.emit(asked, {
      type: 'clientAnswered', requestId, text, totalMs: performance.now() - startedAtMs,
      outcome: commit === null ? 'unknown' : 'ok',
      detail: commit === null ? 'no majority answered in time' : `index ${commit.index}, term ${commit.term}`,
    });
    return commit;
  }

  #propose(asked: FakeNode, entry: FakeEntry): void {
    if (asked.role === 'leader') {
      this.#replication.append(asked, { ...entry, term: asked.term });
      return;
    }
    const leader = this.nodes.find((node) => node.id === asked.leader);
    if (leader === undefined) {
      setTimeout(() => { if (this.#waiting.has(entry.requestId)) this.#propose(asked, entry); }, 100);
      return;
    }
    this.#members.emit(asked, { type: 'clientForwarded', requestId: entry.requestId, to: leader.id });
    this.#members.send(asked, leader, { type: 'ForwardedProposal', term: 0, entryCount: 1 }, () => {
      if (leader.role === 'leader') this.#replication.append(leader, { ...entry, term: leader.term });
    });
  }

  /** The asked node has applied the command: whoever waits for it gets the answer. */
  #answer(node: FakeNode, entry: FakeEntry, result: KvResult): void {
    if (!entry.requestId.startsWith(`${node.name}-`)) return;
    const leader = this.nodes.find((candidate) => candidate.id === node.leader) ?? node;
    this.#waiting.get(entry.requestId)?.({ result, index: node.lastApplied, term: entry.term, leader: leader.name });
  }
}
