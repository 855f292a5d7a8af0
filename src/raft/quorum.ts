/**
 * Majorities (Raft §5.2, §5.3) and joint majorities (dissertation §4.3): who decides what is committed and who is
 * elected.
 */
import type { Configuration, Index, NodeId } from './types.ts';

/** How an election stands. */
export type VoteResult = 'won' | 'lost' | 'pending';

/** The two halves of a configuration; `votersOutgoing` is empty outside of joint consensus. */
export type Voters = Pick<Configuration, 'voters' | 'votersOutgoing'>;

/** How many of `voterCount` servers make a majority. */
export function majorityOf(voterCount: number): number {
  return Math.floor(voterCount / 2) + 1;
}

/**
 * The largest index that a quorum of `voters` has reached. A server that has not reported counts as 0.
 * Infinity for no voters at all, so that the empty half of a configuration does not hold back the other.
 * @param quorumSize how many servers decide, given how many there are
 */
export function committedIndex(
  voters: readonly NodeId[],
  reached: (id: NodeId) => Index | undefined,
  quorumSize = majorityOf,
): Index {
  if (voters.length === 0) {
    return Infinity;
  }
  const indexes = voters.map((id) => reached(id) ?? 0).sort((a, b) => b - a);
  // In descending order, at least k servers have reached the k-th index.
  return indexes[quorumSize(voters.length) - 1] ?? 0;
}

/** As `committedIndex`, where both halves of a joint configuration must agree. */
export function jointCommittedIndex(
  configuration: Voters,
  reached: (id: NodeId) => Index | undefined,
  quorumSize = majorityOf,
): Index {
  return Math.min(
    committedIndex(configuration.voters, reached, quorumSize),
    committedIndex(configuration.votersOutgoing, reached, quorumSize),
  );
}

/**
 * Whether the votes given so far decide an election. No voters at all: won, for the same reason as in `committedIndex`.
 * @param votes true: granted, false: refused, absent: not yet heard
 */
export function voteResult(
  voters: readonly NodeId[],
  votes: ReadonlyMap<NodeId, boolean>,
  quorumSize = majorityOf,
): VoteResult {
  if (voters.length === 0) {
    return 'won';
  }
  const needed = quorumSize(voters.length);
  let granted = 0;
  let unheard = 0;
  for (const id of voters) {
    const vote = votes.get(id);
    if (vote === undefined) {
      unheard++;
    } else if (vote) {
      granted++;
    }
  }
  if (granted >= needed) {
    return 'won';
  }
  return granted + unheard >= needed ? 'pending' : 'lost';
}

/** As `voteResult`, where a joint election must be won in both halves and is lost in either. */
export function jointVoteResult(
  configuration: Voters,
  votes: ReadonlyMap<NodeId, boolean>,
  quorumSize = majorityOf,
): VoteResult {
  const incoming = voteResult(configuration.voters, votes, quorumSize);
  const outgoing = voteResult(configuration.votersOutgoing, votes, quorumSize);
  if (incoming === outgoing) {
    return incoming;
  }
  return incoming === 'lost' || outgoing === 'lost' ? 'lost' : 'pending';
}

/** The voters of both halves, ascending, each once. */
export function allVoters(configuration: Voters): NodeId[] {
  return [...new Set([...configuration.voters, ...configuration.votersOutgoing])].sort((a, b) => a - b);
}
