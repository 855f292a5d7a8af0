/** The fake's replication: appending, heartbeats, the consistency check, committing and applying. */
import type { MessageSummary } from '../../../trace/events.ts';
import type { FakeMembers } from './fakeMembers.ts';
import type { FakeEntry, FakeNode, FakePeer } from './fakeNode.ts';
import { applyCommand } from './kv.ts';
import type { KvResult } from './kv.ts';
import { PACES } from './pace.ts';

export class FakeReplication {
  readonly #members: FakeMembers;
  readonly #onApplied: (node: FakeNode, entry: FakeEntry, result: KvResult) => void;

  /** @param onApplied called for each command that a node has applied, at the index `node.lastApplied` */
  constructor(members: FakeMembers, onApplied: (node: FakeNode, entry: FakeEntry, result: KvResult) => void) {
    this.#members = members;
    this.#onApplied = onApplied;
  }

  /** The leader appends an entry to its log and replicates it. */
  append(leader: FakeNode, entry: FakeEntry): void {
    leader.log.push(entry);
    this.#members.emit(leader, {
      type: 'entriesAppended', entries: [this.#members.summary(entry, leader.lastIndex)], truncatedFrom: undefined,
    });
    this.#members.persisted(leader, 1, false);
    for (const peer of this.#members.othersOf(leader)) this.#replicate(leader, peer);
    this.#advanceCommit(leader);
  }

  /** Sends every leader's heartbeat, once per heartbeat interval. */
  beat(): void {
    if (this.#members.network.isClosed) return;
    for (const leader of this.#members.nodes) {
      if (leader.life !== 'running' || leader.role !== 'leader') continue;
      for (const peer of this.#members.othersOf(leader)) {
        const progress = this.#progress(leader, peer);
        if (progress.matchIndex < leader.lastIndex) this.#replicate(leader, peer);
        else this.#heartbeat(leader, peer);
      }
    }
    for (const node of this.#members.nodes) {
      if (node.life === 'running') this.#members.emit(node, { type: 'counters', counters: node.counters });
    }
    setTimeout(() => { this.beat(); }, PACES[this.#members.pace].heartbeatMs);
  }

  #heartbeat(leader: FakeNode, peer: FakeNode): void {
    const term = leader.term;
    const leaderCommit = Math.min(leader.commitIndex, this.#progress(leader, peer).matchIndex);
    this.#members.send(leader, peer, { type: 'Heartbeat', term, leaderCommit }, () => {
      if (term < peer.term) return;
      this.#members.follow(peer, leader);
      this.#commit(peer, leaderCommit);
      this.#members.send(peer, leader, { type: 'HeartbeatResponse', term: peer.term }, () => undefined);
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
    this.#members.send(leader, peer, summary, () => {
      if (term < peer.term) return;
      this.#members.follow(peer, leader);
      const matches = prevLogIndex <= peer.lastIndex && peer.termAt(prevLogIndex) === summary.logTerm;
      if (matches) this.#store(peer, prevLogIndex, entries);
      else {
        const hintIndex = Math.min(prevLogIndex - 1, peer.lastIndex);
        this.#members.emit(peer, { type: 'appendRejected', from: leader.id, prevLogIndex, hintIndex });
      }
      const matchIndex = matches ? prevLogIndex + entries.length : 0;
      if (matches) this.#commit(peer, Math.min(leaderCommit, matchIndex));
      const answer = { type: 'AppendEntriesResponse', term: peer.term, matchIndex, rejected: !matches } as const;
      this.#members.send(peer, leader, answer, () => { this.#replicated(leader, peer, matches, matchIndex); });
    });
  }

  #store(peer: FakeNode, prevLogIndex: number, entries: readonly FakeEntry[]): void {
    const same = entries.findIndex((entry, offset) => peer.log[prevLogIndex + offset]?.term !== entry.term);
    if (same === -1) return;
    const from = prevLogIndex + same;
    const truncatedFrom = from < peer.lastIndex ? from + 1 : undefined;
    const added = entries.slice(same);
    peer.log = [...peer.log.slice(0, from), ...added];
    this.#members.emit(peer, {
      type: 'entriesAppended', truncatedFrom,
      entries: added.map((entry, offset) => this.#members.summary(entry, from + offset + 1)),
    });
    this.#members.persisted(peer, added.length, false);
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
    const others = this.#members.othersOf(leader).map((peer) => this.#progress(leader, peer).matchIndex);
    const matches = [leader.lastIndex, ...others].sort((left, right) => right - left);
    const majority = matches[Math.floor(matches.length / 2)] ?? 0;
    if (majority <= leader.commitIndex || leader.termAt(majority) !== leader.term) return;
    this.#commit(leader, majority);
    for (const peer of this.#members.othersOf(leader)) this.#heartbeat(leader, peer);
  }

  #commit(node: FakeNode, index: number): void {
    if (index <= node.commitIndex) return;
    this.#members.emit(node, { type: 'commitAdvanced', commitIndex: index, previousCommitIndex: node.commitIndex });
    node.commitIndex = index;
    while (node.lastApplied < index) {
      node.lastApplied += 1;
      const entry = node.log[node.lastApplied - 1];
      if (entry === undefined || entry.command === null) continue;
      const result = applyCommand(node.state, entry.command);
      this.#members.emit(node, { type: 'applied', index: node.lastApplied, term: entry.term, text: entry.text });
      this.#onApplied(node, entry, result);
    }
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
    this.#members.emit(leader, {
      type: 'progressChanged',
      progress: {
        id: peer.id, state, matchIndex, nextIndex, isLearner: false, recentActive: true, silent: false,
        inflightMessages: inflight, inflightFull: false, pendingSnapshot: 0, paused: false,
      },
    });
  }
}
