/** The fake's nodes: how they emit events, send, wait, and change their term or role. */
import type { MessageSummary, Pace, TraceBody } from '../../../trace/events.ts';
import type { FakeNetwork } from './fakeNetwork.ts';
import { FakeNode } from './fakeNode.ts';
import type { FakeEntry } from './fakeNode.ts';
import { PACES } from './pace.ts';

export interface FakeMembersOptions {
  readonly nodeCount: number;
  readonly pace: Pace;
  readonly network: FakeNetwork;
  readonly random: () => number;
  /** Called when a node's election timeout elapses. */
  readonly onElectionTimeout: (node: FakeNode) => void;
}

export class FakeMembers {
  readonly nodes: readonly FakeNode[];
  readonly network: FakeNetwork;
  pace: Pace;
  readonly #random: () => number;
  readonly #onElectionTimeout: (node: FakeNode) => void;

  constructor({ nodeCount, pace, network, random, onElectionTimeout }: FakeMembersOptions) {
    this.nodes = Array.from({ length: nodeCount }, (_, position) => new FakeNode(`n${position + 1}`));
    this.pace = pace;
    this.network = network;
    this.#random = random;
    this.#onElectionTimeout = onElectionTimeout;
  }

  /** Emits an event of a node, or of the lab itself. */
  emit(node: FakeNode | null, body: TraceBody): void {
    this.network.emit(node, body);
  }

  /** Restarts a node's election timer. */
  resetTimer(node: FakeNode): void {
    clearTimeout(node.timer);
    const { electionMinMs, electionMaxMs } = PACES[this.pace];
    const timeoutMs = electionMinMs + this.#random() * (electionMaxMs - electionMinMs);
    this.emit(node, { type: 'electionTimerReset', timeoutTicks: Math.round(timeoutMs / 10) });
    this.emit(node, { type: 'electionTimerStarted', timeoutMs });
    node.timer = setTimeout(() => { this.#onElectionTimeout(node); }, timeoutMs);
  }

  /** A node hears from a leader of its term. */
  follow(node: FakeNode, leader: FakeNode): void {
    if (node.role !== 'follower') this.setRole(node, 'follower', `${leader.name} leads this term`);
    if (node.leader !== leader.id) {
      node.leader = leader.id;
      this.emit(node, { type: 'leaderChanged', leader: leader.id, term: node.term });
    }
    this.resetTimer(node);
  }

  stepDown(node: FakeNode, term: number): void {
    this.setTerm(node, term);
    node.leader = 0;
    if (node.role !== 'follower') this.setRole(node, 'follower', 'saw a higher term');
    this.resetTimer(node);
  }

  setTerm(node: FakeNode, term: number): void {
    this.emit(node, { type: 'termChanged', term, previousTerm: node.term });
    node.term = term;
    node.votedFor = 0;
  }

  setRole(node: FakeNode, role: FakeNode['role'], reason: string, votes: readonly number[] = []): void {
    const previousRole = node.role;
    node.role = role;
    this.emit(node, {
      type: 'roleChanged', role, previousRole, term: node.term, leader: node.leader, votes,
      voterCount: this.nodes.length, reason,
    });
  }

  /** Sends a message; a higher term in it makes the receiver step down first (Raft §5.1). */
  send(from: FakeNode, to: FakeNode, message: MessageSummary, act: () => void): void {
    this.network.send(from, to, message, () => {
      if (message.term > to.term && message.type !== 'RequestVote') this.stepDown(to, message.term);
      act();
    });
  }

  /** Reports that a node has written to its file. */
  persisted(node: FakeNode, entryCount: number, hardStateChanged: boolean): void {
    this.emit(node, {
      type: 'persisted', entryCount, bytes: 64 * entryCount, hardStateChanged, lastIndex: node.lastIndex,
      durationMs: 0.15 + this.#random() * 0.2,
    });
  }

  summary(entry: FakeEntry, index: number) {
    return { index, term: entry.term, type: entry.type, bytes: entry.text.length + 24 };
  }

  configuration() {
    return {
      voters: this.nodes.map((node) => node.id), votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false,
    };
  }

  othersOf(node: FakeNode): FakeNode[] {
    return this.nodes.filter((other) => other !== node);
  }
}
