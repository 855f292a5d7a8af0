/** What the door says of itself and its node in the words of Redis. */
import { NONE } from '../../raft/index.ts';
import type { DoorMember, DoorStanding } from '../doorNode.ts';

/** The version of Redis whose commands and replies these are: clients look whether it is new enough. */
export const SERVED_VERSION = '7.4.0';

/** Redis has no other words for a leader and the rest. */
export function roleWord({ role }: DoorStanding): 'master' | 'replica' {
  return role === 'leader' ? 'master' : 'replica';
}

/** The leader that the node knows of; undefined where it knows none. */
export function leaderOf({ leader, members }: DoorStanding): DoorMember | undefined {
  return leader === NONE ? undefined : members.find(({ id }) => id === leader);
}

/** A member's id as Redis Cluster writes one: 40 hexadecimal digits. */
export function clusterIdOf({ id }: Pick<DoorMember, 'id'>): string {
  return id.toString(16).padStart(40, '0');
}

/**
 * How many other members store an entry. A leader knows it of each. Any other node knows only that a majority of the
 * voters stores what is committed, one of which is the leader.
 */
export function replicasWith(standing: DoorStanding, index: number): number {
  const { role, members, commitIndex, leader } = standing;
  if (role === 'leader') {
    return members.filter(({ id, matchIndex }) => id !== leader && matchIndex !== null && matchIndex >= index).length;
  }
  const voterCount = members.filter(({ isVoter }) => isVoter).length;
  return index <= commitIndex ? Math.floor(voterCount / 2) : 0;
}
