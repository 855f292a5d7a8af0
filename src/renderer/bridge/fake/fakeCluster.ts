/**
 * A make-believe cluster for development in a browser and for component tests. It behaves much like Raft, so that every
 * state of the window can be seen; it is no Raft, and nothing of it stands in the app that people get.
 */
import type { LinkFaults, MessageSummary, Pace, TraceBody } from '../../../trace/events.ts';
import type { NodeName } from '../../../trace/names.ts';
import { FakeNetwork } from './fakeNetwork.ts';
import type { FakeNetworkOptions } from './fakeNetwork.ts';
import { FakeNode } from './fakeNode.ts';
import type { FakeEntry, FakePeer } from './fakeNode.ts';
import { applyCommand, commandText } from './kv.ts';
import type { KvCommand, KvResult } from './kv.ts';
import { PACES } from './pace.ts';

/** How long a command waits for its majority before its outcome is called unknown. */
const COMMAND_TIMEOUT_MS = 5000;

/** `random` is uniform in [0, 1) and seeded, so that a picture can be taken again. */
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
  readonly nodes: readonly FakeNode[];
  pace: Pace;
  #requestCount = 0;
  readonly #random: () => number;
  readonly #network: FakeNetwork;
  readonly #waiting = new Map<string, (commit: FakeCommit) => void>();

  constructor(options: FakeClusterOptions) {
    this.labId = options.labId;
    this.name = options.name;
    this.pace = options.pace;
    this.#random = options.random;
    this.#network = new FakeNetwork(options);
    this.nodes = Array.from({ length: options.nodeCount }, (_, position) => new FakeNode(`n${position + 1}`));
  }

  open(): void {
    const { labId, name, pace } = this;
    this.#emit(null, { type: 'labOpened', labId, name, pace, nodes: this.nodes.map((node) => node.name) });
    for (const node of this.nodes) this.start(node);
    this.#beat();
  }

  close(): void {
    this.#network.close();
    for (const node of this.nodes) clearTimeout(node.timer);
  }

  node(name: NodeName): FakeNode | undefined {
    return this.nodes.find((node) => node.name === name);
  }

  // ---- what people do to it ----

  start(node: FakeNode): void {
    node.life = 'running';
    node.boot += 1;
    this.#emit(node, {
      type: 'nodeStarted', name: node.name, incarnation: node.incarnation, address: '127.0.0.1', port: node.port,
      threadId: node.boot + Number(node.name.slice(1)), databasePath: node.databasePath(this.labId), boot: node.boot,
      hardState: { currentTerm: node.term, votedFor: node.votedFor, commitIndex: node.commitIndex },
      firstIndex: 1, lastIndex: node.lastIndex, openMs: 4.2,
      tail: node.log.map((entry, position) => this.#summary(entry, position + 1)).slice(-64),
    });
    this.#emit(node, { type: 'configurationChanged', configuration: this.#configuration() });
    this.#resetTimer(node);
  }

  crash(node: FakeNode): void {
    node.life = 'crashed';
    node.forgetMemory();
    this.#emit(node, { type: 'nodeCrashed' });
  }

  pause(node: FakeNode): void {
    node.life = 'paused';
    clearTimeout(node.timer);
    this.#emit(node, { type: 'nodePaused' });
  }

  resume(node: FakeNode): void {
    node.life = 'running';
    this.#emit(node, { type: 'nodeResumed' });
    const inbox = node.inbox;
    node.inbox = [];
    for (const deliver of inbox) deliver();
    if (node.role !== 'leader') this.#resetTimer(node);
  }

  wipe(node: FakeNode): void {
    node.forgetMemory();
    node.incarnation += 1;
    node.boot = 0;
    node.term = 0;
    node.votedFor = 0;
    node.log = [];
    this.#emit(node, { type: 'nodeWiped', incarnation: node.incarnation });
    this.start(node);
  }

  setPace(pace: Pace): void {
    this.pace = pace;
    this.#emit(null, { type: 'paceChanged', pace });
    for (const node of this.nodes) if (node.life === 'running' && node.role !== 'leader') this.#resetTimer(node);
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
    this.#emit(null, { type: 'partitioned', groups });
  }

  /** @param everything also takes away loss and delay */
  heal(everything: boolean): void {
    this.#network.heal(everything);
  }

  /** Asks a node; null when no majority answered in time. */
  async execute(asked: FakeNode, command: KvCommand, client: string): Promise<FakeCommit | null> {
    this.#requestCount += 1;
    const requestId = `${asked.name}-${this.#requestCount}`;
    const text = commandText(command);
    const startedAtMs = performance.now();
    this.#emit(asked, { type: 'clientAsked', requestId, client, text });
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
    this.#emit(asked, {
      type: 'clientAnswered', requestId, text, totalMs: performance.now() - startedAtMs,
      outcome: commit === null ? 'unknown' : 'ok',
      detail: commit === null ? 'no majority answered in time' : `index ${commit.index}, term ${commit.term}`,
    });
    return commit;
  }

  // ---- what nodes do ----

  #propose(asked: FakeNode, entry: FakeEntry): void {
    if (asked.role === 'leader') {
      this.#append(asked, { ...entry, term: asked.term });
      return;
    }
    const leader = this.nodes.find((node) => node.id === asked.leader);
    if (leader === undefined) {
      setTimeout(() => { if (this.#waiting.has(entry.requestId)) this.#propose(asked, entry); }, 100);
      return;
    }
    this.#emit(asked, { type: 'clientForwarded', requestId: entry.requestId, to: leader.id });
    this.#send(asked, leader, { type: 'ForwardedProposal', term: 0, entryCount: 1 }, () => {
      if (leader.role === 'leader') this.#append(leader, { ...entry, term: leader.term });
    });
  }

  #append(leader: FakeNode, entry: FakeEntry): void {
    leader.log.push(entry);
    this.#emit(leader, {
      type: 'entriesAppended', entries: [this.#summary(entry, leader.lastIndex)], truncatedFrom: undefined,
    });
    this.#persisted(leader, 1, false);
    for (const peer of this.#othersOf(leader)) this.#replicate(leader, peer);
    this.#advanceCommit(leader);
  }

  /** Every leader's heartbeat, once a heartbeat interval. */
  #beat(): void {
    if (this.#network.isClosed) return;
    for (const leader of this.nodes) {
      if (leader.life !== 'running' || leader.role !== 'leader') continue;
      for (const peer of this.#othersOf(leader)) {
        const progress = this.#progress(leader, peer);
        if (progress.matchIndex < leader.lastIndex) this.#replicate(leader, peer);
        else this.#heartbeat(leader, peer);
      }
    }
    for (const node of this.nodes) {
      if (node.life === 'running') this.#emit(node, { type: 'counters', counters: node.counters });
    }
    setTimeout(() => { this.#beat(); }, PACES[this.pace].heartbeatMs);
  }

  #heartbeat(leader: FakeNode, peer: FakeNode): void {
    const term = leader.term;
    const leaderCommit = Math.min(leader.commitIndex, this.#progress(leader, peer).matchIndex);
    this.#send(leader, peer, { type: 'Heartbeat', term, leaderCommit }, () => {
      if (term < peer.term) return;
      this.#follow(peer, leader);
      this.#commit(peer, leaderCommit);
      this.#send(peer, leader, { type: 'HeartbeatResponse', term: peer.term }, () => undefined);
    });
  }

  #replicate(leader: FakeNode, peer: FakeNode): void {
    const progress = this.#progress(leader, peer);
    const prevLogIndex = Math.min(progress.nextIndex - 1, leader.lastIndex);
    const entries = leader.log.slice(prevLogIndex, prevLogIndex + 16);
    const { term, commitIndex: leaderCommit } = leader;
    progress.inflight += 1;
    this.#progressChanged(leader, peer);
    const summary: MessageSummary = {
      type: 'AppendEntries', term, logIndex: prevLogIndex, logTerm: leader.termAt(prevLogIndex),
      entryCount: entries.length, leaderCommit,
    };
    this.#send(leader, peer, summary, () => {
      if (term < peer.term) return;
      this.#follow(peer, leader);
      const matches = prevLogIndex <= peer.lastIndex && peer.termAt(prevLogIndex) === summary.logTerm;
      if (matches) this.#store(peer, prevLogIndex, entries);
      else {
        const hintIndex = Math.min(prevLogIndex - 1, peer.lastIndex);
        this.#emit(peer, { type: 'appendRejected', from: leader.id, prevLogIndex, hintIndex });
      }
      const matchIndex = matches ? prevLogIndex + entries.length : 0;
      if (matches) this.#commit(peer, Math.min(leaderCommit, matchIndex));
      const answer = { type: 'AppendEntriesResponse', term: peer.term, matchIndex, rejected: !matches } as const;
      this.#send(peer, leader, answer, () => { this.#replicated(leader, peer, matches, matchIndex); });
    });
  }

  #store(peer: FakeNode, prevLogIndex: number, entries: readonly FakeEntry[]): void {
    const same = entries.findIndex((entry, offset) => peer.log[prevLogIndex + offset]?.term !== entry.term);
    if (same === -1) return;
    const from = prevLogIndex + same;
    const truncatedFrom = from < peer.lastIndex ? from + 1 : undefined;
    const added = entries.slice(same);
    peer.log = [...peer.log.slice(0, from), ...added];
    this.#emit(peer, {
      type: 'entriesAppended', truncatedFrom,
      entries: added.map((entry, offset) => this.#summary(entry, from + offset + 1)),
    });
    this.#persisted(peer, added.length, false);
  }

  #replicated(leader: FakeNode, peer: FakeNode, matches: boolean, matchIndex: number): void {
    if (leader.role !== 'leader') return;
    const progress = this.#progress(leader, peer);
    progress.inflight = Math.max(0, progress.inflight - 1);
    progress.state = matches ? 'replicate' : 'probe';
    progress.matchIndex = Math.max(progress.matchIndex, matchIndex);
    progress.nextIndex = matches ? progress.matchIndex + 1 : Math.max(1, progress.nextIndex - 1);
    this.#progressChanged(leader, peer);
    if (!matches) this.#replicate(leader, peer);
    else this.#advanceCommit(leader);
  }

  #advanceCommit(leader: FakeNode): void {
    const others = this.#othersOf(leader).map((peer) => this.#progress(leader, peer).matchIndex);
    const matches = [leader.lastIndex, ...others].sort((left, right) => right - left);
    const majority = matches[Math.floor(matches.length / 2)] ?? 0;
    if (majority <= leader.commitIndex || leader.termAt(majority) !== leader.term) return;
    this.#commit(leader, majority);
    for (const peer of this.#othersOf(leader)) this.#heartbeat(leader, peer);
  }

  #commit(node: FakeNode, index: number): void {
    if (index <= node.commitIndex) return;
    this.#emit(node, { type: 'commitAdvanced', commitIndex: index, previousCommitIndex: node.commitIndex });
    node.commitIndex = index;
    while (node.lastApplied < index) {
      node.lastApplied += 1;
      const entry = node.log[node.lastApplied - 1];
      if (entry === undefined || entry.command === null) continue;
      const result = applyCommand(node.state, entry.command);
      this.#emit(node, { type: 'applied', index: node.lastApplied, term: entry.term, text: entry.text });
      const leader = this.nodes.find((candidate) => candidate.id === node.leader) ?? node;
      if (!entry.requestId.startsWith(`${node.name}-`)) continue;
      this.#waiting.get(entry.requestId)?.({ result, index: node.lastApplied, term: entry.term, leader: leader.name });
    }
  }

  // ---- elections ----

  #resetTimer(node: FakeNode): void {
    clearTimeout(node.timer);
    const { electionMinMs, electionMaxMs } = PACES[this.pace];
    const timeoutMs = electionMinMs + this.#random() * (electionMaxMs - electionMinMs);
    this.#emit(node, { type: 'electionTimerReset', timeoutTicks: Math.round(timeoutMs / 10) });
    this.#emit(node, { type: 'electionTimerStarted', timeoutMs });
    node.timer = setTimeout(() => { this.#startElection(node); }, timeoutMs);
  }

  #startElection(node: FakeNode): void {
    if (this.#network.isClosed || node.life !== 'running') return;
    this.#setTerm(node, node.term + 1);
    node.votedFor = node.id;
    node.leader = 0;
    node.votes = new Map([[node.id, true]]);
    this.#setRole(node, 'candidate', 'no word from a leader before the election timeout');
    this.#persisted(node, 0, true);
    this.#resetTimer(node);
    const { term, lastIndex, lastTerm } = node;
    for (const voter of this.#othersOf(node)) {
      this.#send(node, voter, { type: 'RequestVote', term, logIndex: lastIndex, logTerm: lastTerm }, () => {
        this.#vote(voter, node, term);
      });
    }
    this.#countVotes(node);
  }

  #vote(voter: FakeNode, candidate: FakeNode, term: number): void {
    if (term > voter.term) this.#stepDown(voter, term);
    const upToDate = candidate.lastTerm > voter.lastTerm
      || (candidate.lastTerm === voter.lastTerm && candidate.lastIndex >= voter.lastIndex);
    const free = voter.votedFor === 0 || voter.votedFor === candidate.id;
    const voteGranted = term === voter.term && upToDate && free;
    const about = { candidate: candidate.id, term, preVote: false };
    if (voteGranted) {
      voter.votedFor = candidate.id;
      this.#emit(voter, { type: 'voteGranted', ...about });
      this.#persisted(voter, 0, true);
      this.#resetTimer(voter);
    } else {
      const reason = term < voter.term ? 'stale-term' : free ? 'log-not-up-to-date' : 'already-voted';
      this.#emit(voter, { type: 'voteRefused', ...about, reason });
    }
    this.#send(voter, candidate, { type: 'RequestVoteResponse', term: voter.term, voteGranted }, () => {
      if (candidate.role !== 'candidate' || candidate.term !== term) return;
      candidate.votes.set(voter.id, voteGranted);
      const grantedCount = [...candidate.votes.values()].filter(Boolean).length;
      this.#emit(candidate, {
        type: 'voteReceived', voter: voter.id, granted: voteGranted, preVote: false, term, grantedCount,
        refusedCount: candidate.votes.size - grantedCount, voterCount: this.nodes.length,
      });
      this.#countVotes(candidate);
    });
  }

  #countVotes(node: FakeNode): void {
    const votes = [...node.votes].filter(([, granted]) => granted).map(([id]) => id);
    if (node.role !== 'candidate' || votes.length * 2 <= this.nodes.length) return;
    clearTimeout(node.timer);
    node.leader = node.id;
    this.#setRole(node, 'leader', 'a majority voted for it', votes);
    for (const peer of this.#othersOf(node)) {
      node.peers.set(peer.name, { nextIndex: node.lastIndex + 1, matchIndex: 0, inflight: 0, state: 'probe' });
    }
    const { term } = node;
    const text = 'no-op, start of term';
    this.#append(node, { term, type: 'no-op', text, client: null, command: null, requestId: '' });
  }

  #follow(node: FakeNode, leader: FakeNode): void {
    if (node.role !== 'follower') this.#setRole(node, 'follower', `${leader.name} leads this term`);
    if (node.leader !== leader.id) {
      node.leader = leader.id;
      this.#emit(node, { type: 'leaderChanged', leader: leader.id, term: node.term });
    }
    this.#resetTimer(node);
  }

  #stepDown(node: FakeNode, term: number): void {
    this.#setTerm(node, term);
    node.leader = 0;
    if (node.role !== 'follower') this.#setRole(node, 'follower', 'saw a higher term');
    this.#resetTimer(node);
  }

  #setTerm(node: FakeNode, term: number): void {
    this.#emit(node, { type: 'termChanged', term, previousTerm: node.term });
    node.term = term;
    node.votedFor = 0;
  }

  #setRole(node: FakeNode, role: FakeNode['role'], reason: string, votes: readonly number[] = []): void {
    const previousRole = node.role;
    node.role = role;
    this.#emit(node, {
      type: 'roleChanged', role, previousRole, term: node.term, leader: node.leader, votes,
      voterCount: this.nodes.length, reason,
    });
  }

  // ---- telling ----

  #emit(node: FakeNode | null, body: TraceBody): void {
    this.#network.emit(node, body);
  }

  /** Sends a message; a higher term in it makes the receiver step down first (Raft §5.1). */
  #send(from: FakeNode, to: FakeNode, message: MessageSummary, act: () => void): void {
    this.#network.send(from, to, message, () => {
      if (message.term > to.term && message.type !== 'RequestVote') this.#stepDown(to, message.term);
      act();
    });
  }

  #persisted(node: FakeNode, entryCount: number, hardStateChanged: boolean): void {
    this.#emit(node, {
      type: 'persisted', entryCount, bytes: 64 * entryCount, hardStateChanged, lastIndex: node.lastIndex,
      durationMs: 0.15 + this.#random() * 0.2,
    });
  }

  #progress(leader: FakeNode, peer: FakeNode): FakePeer {
    const known = leader.peers.get(peer.name);
    if (known !== undefined) return known;
    const fresh: FakePeer = { nextIndex: leader.lastIndex + 1, matchIndex: 0, inflight: 0, state: 'probe' };
    leader.peers.set(peer.name, fresh);
    return fresh;
  }

  #progressChanged(leader: FakeNode, peer: FakeNode): void {
    const { state, matchIndex, nextIndex, inflight } = this.#progress(leader, peer);
    this.#emit(leader, {
      type: 'progressChanged',
      progress: {
        id: peer.id, state, matchIndex, nextIndex, isLearner: false, recentActive: true, silent: false,
        inflightMessages: inflight, inflightFull: false, pendingSnapshot: 0, paused: false,
      },
    });
  }

  #summary(entry: FakeEntry, index: number) {
    return { index, term: entry.term, type: entry.type, bytes: entry.text.length + 24 };
  }

  #configuration() {
    return {
      voters: this.nodes.map((node) => node.id), votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false,
    };
  }

  #othersOf(node: FakeNode): FakeNode[] {
    return this.nodes.filter((other) => other !== node);
  }
}
