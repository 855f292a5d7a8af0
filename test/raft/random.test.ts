/**
 * Whole runs under loss, duplication, reordering, partitions and crashes, each from its seed. Safety at every step,
 * liveness at the end.
 */
import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/raft/index.ts';
import { Cluster } from './support/cluster.ts';
import { integerBetween, oneOf, shuffled } from './support/random.ts';

const SEEDS = Array.from({ length: 150 }, (_, index) => index + 1);

function disturb(cluster: Cluster): void {
  const { random } = cluster;
  const ids = [...cluster.servers.keys()];
  const roll = random();
  if (roll < 0.03) {
    const order = shuffled(random, ids);
    const cut = integerBetween(random, 0, ids.length);
    cluster.partition(order.slice(0, cut), order.slice(cut));
  } else if (roll < 0.06) {
    const deaf = oneOf(random, ids);
    cluster.cut((_, to) => to === deaf); // it speaks, and hears nothing
  } else if (roll < 0.1) {
    cluster.heal();
    cluster.weather = { loss: 0.1, duplicate: 0.1, maxDelaySteps: 10 };
  } else if (roll < 0.12) {
    crashOneOf(cluster, ids);
  } else if (roll < 0.2) {
    cluster.servers.forEach(({ id, raft }) => {
      if (raft === undefined) {
        cluster.restart(id);
      }
    });
  } else if (roll < 0.22) {
    const { id, lastApplied } = oneOf(random, cluster.running.length > 0 ? cluster.running : [cluster.server(1)]);
    if (lastApplied > 0 && lastApplied >= cluster.server(id).storage.firstIndex()) {
      cluster.compact(id, integerBetween(random, 0, 5));
    }
  }
}

function crashOneOf(cluster: Cluster, ids: readonly NodeId[]): void {
  const id = oneOf(cluster.random, ids);
  if (cluster.server(id).raft !== undefined) {
    cluster.crash(id);
  }
}

function proposeSomewhere(cluster: Cluster, command: string): void {
  const status = cluster.running.find(({ node }) => node.status().leader !== 0);
  if (status !== undefined) {
    try {
      cluster.propose(status.id, command);
    } catch (error) {
      // No leader known, or one that steps aside: the client would ask again.
      expect(error).toHaveProperty('name', 'ProposalDropped');
    }
  }
}

describe('random runs', () => {
  it.each(SEEDS)('seed %i is safe throughout and converges once the faults stop', (seed) => {
    const size = 1 + (seed % 5);
    const voters = Array.from({ length: size }, (_, index) => index + 1);
    const cluster = new Cluster({
      voters,
      seed,
      node: {
        preVote: seed % 2 === 0,
        checkQuorum: seed % 3 === 0,
        maxInflightMessages: 1 + (seed % 7),
        maxEntriesBytesPerMessage: 20 + 30 * (seed % 4),
        maxApplyingBytes: 40 + 50 * (seed % 3),
      },
    });
    cluster.weather = { loss: 0.05 + 0.2 * cluster.random(), duplicate: 0.2 * cluster.random(), maxDelaySteps: 12 };
    cluster.crashChance = seed % 2 === 0 ? 0.01 : 0;
    for (let step = 0; step < 400; step++) {
      disturb(cluster);
      if (cluster.random() < 0.3) {
        cluster.tick();
      }
      if (cluster.random() < 0.2) {
        proposeSomewhere(cluster, `s${seed}n${step}`);
      }
      cluster.deliverNext();
    }
    // The faults stop: a leader is elected, everything is committed, and all are the same.
    cluster.heal();
    cluster.crashChance = 0;
    for (const { id, raft } of cluster.servers.values()) {
      if (raft === undefined) {
        cluster.restart(id);
      }
    }
    const same = (): boolean => {
      const leader = cluster.leader()?.node.status();
      return (
        leader !== undefined &&
        leader.commitIndex === leader.lastIndex &&
        [...cluster.servers.values()].every(({ lastApplied }) => lastApplied === leader.lastIndex)
      );
    };
    cluster.runUntil(same, 'all servers the same', 400);
    cluster.settle();
    const leader = cluster.elect();
    cluster.propose(leader.id, 'one more');
    cluster.runUntil(
      () => [...cluster.servers.values()].every((server) => server.commands().includes('one more')),
      'the write everywhere',
      50,
    );
    for (const server of cluster.servers.values()) {
      expect(server.commands()).toEqual(leader.commands());
    }
  });
});
