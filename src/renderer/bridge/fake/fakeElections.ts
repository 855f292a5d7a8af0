/** The fake's elections: candidates, votes and their count. */
import type { FakeMembers } from './fakeMembers.ts';
import type { FakeNode } from './fakeNode.ts';
import type { FakeReplication } from './fakeReplication.ts';

export class FakeElections {
  readonly #members: FakeMembers;
  readonly #replication: FakeReplication;

  constructor(members: FakeMembers, replication: FakeReplication) {
    this.#members = members;
    this.#replication = replication;
  }

  /** A node's election timeout has elapsed: it starts an election. */
  start(node: FakeNode): void {
    if (this.#members.network.isClosed || node.life !== 'running') return;
    this.#members.setTerm(node, node.term + 1);
    node.votedFor = node.id;
    node.leader = 0;
    node.votes = new Map([[node.id, true]]);
    this.#members.setRole(node, 'candidate', 'no word from a leader before the election timeout');
    this.#members.persisted(node, 0, true);
    this.#members.resetTimer(node);
    const { term, lastIndex, lastTerm } = node;
    for (const voter of this.#members.othersOf(node)) {
      this.#members.send(node, voter, { type: 'RequestVote', term, logIndex: lastIndex, logTerm: lastTerm }, () => {
        this.#vote(voter, node, term);
      });
    }
    this.#countVotes(node);
  }

  #vote(voter: FakeNode, candidate: FakeNode, term: number): void {
    if (term > voter.term) this.#members.stepDown(voter, term);
    const upToDate = candidate.lastTerm > voter.lastTerm
      || (candidate.lastTerm === voter.lastTerm && candidate.lastIndex >= voter.lastIndex);
    const free = voter.votedFor === 0 || voter.votedFor === candidate.id;
    const voteGranted = term === voter.term && upToDate && free;
    const about = { candidate: candidate.id, term, preVote: false };
    if (voteGranted) {
      voter.votedFor = candidate.id;
      this.#members.emit(voter, { type: 'voteGranted', ...about });
      this.#members.persisted(voter, 0, true);
      this.#members.resetTimer(voter);
    } else {
      const reason = term < voter.term ? 'stale-term' : free ? 'log-not-up-to-date' : 'already-voted';
      this.#members.emit(voter, { type: 'voteRefused', ...about, reason });
    }
    this.#members.send(voter, candidate, { type: 'RequestVoteResponse', term: voter.term, voteGranted }, () => {
      if (candidate.role !== 'candidate' || candidate.term !== term) return;
      candidate.votes.set(voter.id, voteGranted);
      const grantedCount = [...candidate.votes.values()].filter(Boolean).length;
      this.#members.emit(candidate, {
        type: 'voteReceived', voter: voter.id, granted: voteGranted, preVote: false, term, grantedCount,
        refusedCount: candidate.votes.size - grantedCount, voterCount: this.#members.nodes.length,
      });
      this.#countVotes(candidate);
    });
  }

  #countVotes(node: FakeNode): void {
    const votes = [...node.votes].filter(([, granted]) => granted).map(([id]) => id);
    if (node.role !== 'candidate' || votes.length * 2 <= this.#members.nodes.length) return;
    clearTimeout(node.timer);
    node.leader = node.id;
    this.#members.setRole(node, 'leader', 'a majority voted for it', votes);
    for (const peer of this.#members.othersOf(node)) {
      node.peers.set(peer.name, { nextIndex: node.lastIndex + 1, matchIndex: 0, inflight: 0, state: 'probe' });
    }
    const { term } = node;
    const text = 'no-op, start of term';
    this.#replication.append(node, { term, type: 'no-op', text, client: null, command: null, requestId: '' });
  }
}
