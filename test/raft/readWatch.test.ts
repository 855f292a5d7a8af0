/** What a leader tells of its lease and its reads is true, and comes at most once a tick. */
import { describe, expect, it } from 'vitest';
import type { LeaderReads } from '../../src/raft/events.ts';
import { Cluster, type Server, text } from './support/cluster.ts';

function told(server: Server): LeaderReads[] {
  return server.events.flatMap((event) => (event.type === 'readsChanged' ? [event.reads] : []));
}

describe('ReadWatch', () => {
  it('tells how many reads were confirmed by a round, once for all of a tick', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    const leader = cluster.elect(1);
    cluster.run(2);
    const before = told(leader).length;
    for (let read = 0; read < 5; read++) {
      leader.node.readIndex(text(`read ${read}`));
    }
    cluster.handle(1);
    cluster.settle();
    cluster.run(1);
    expect(told(leader).slice(before)).toMatchObject([{ confirmedByRound: 5, waiting: 0, leaseHeld: false }]);
    cluster.run(20);
    expect(told(leader)).toHaveLength(before + 1);
  });

  it('tells of the lease when it is taken, renewed and lost, and for how long it holds', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { readOnly: 'lease', checkQuorum: true } });
    const leader = cluster.elect(1);
    cluster.run(3);
    expect(told(leader).at(-1)).toMatchObject({ leaseHeld: true, leaseEndsInTicks: 7 });
    cluster.partition([1], [2, 3]);
    const before = told(leader).length;
    cluster.run(9);
    expect(told(leader).slice(before)).toMatchObject([{ leaseHeld: false, leaseEndsInTicks: 0 }]);
  });

  it('says nothing of a server that does not lead', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.run(5);
    expect(told(cluster.server(2))).toEqual([]);
  });
});
