/** What a leader tells of its followers must be true for as long as nothing else is told. */
import { describe, expect, it } from 'vitest';
import type { NodeId, ProgressStatus } from '../../src/raft/types.ts';
import { Cluster, type Server } from './support/cluster.ts';

const ELECTION_TIMEOUT_TICKS = 10;

/** The last progress that the leader told of a follower: what a picture shows. */
function lastTold(leader: Server, follower: NodeId): ProgressStatus | undefined {
  return leader.events
    .flatMap((event) => (event.type === 'progressChanged' && event.progress.id === follower ? [event.progress] : []))
    .at(-1);
}

describe('ProgressWatch', () => {
  it('never calls a follower silent that answers every heartbeat, over many checks of the quorum', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { checkQuorum: true } });
    const leader = cluster.elect(1);
    for (let tick = 0; tick < 5 * ELECTION_TIMEOUT_TICKS; tick++) {
      cluster.run(1);
      expect([lastTold(leader, 2)?.silent, lastTold(leader, 3)?.silent]).toEqual([false, false]);
    }
  });

  it('calls a follower silent after a whole period without a word, and no longer once it answers', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { checkQuorum: true } });
    const leader = cluster.elect(1);
    cluster.run(1);
    cluster.crash(3);
    cluster.run(ELECTION_TIMEOUT_TICKS - 2);
    expect(lastTold(leader, 3)?.silent).toBe(false);
    cluster.run(ELECTION_TIMEOUT_TICKS + 2);
    expect([lastTold(leader, 2)?.silent, lastTold(leader, 3)?.silent]).toEqual([false, true]);
    cluster.restart(3);
    cluster.run(2);
    expect(lastTold(leader, 3)?.silent).toBe(false);
  });
});
