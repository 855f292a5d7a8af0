/**
 * Whole runs under loss, duplication, reordering, partitions and crashes, each from its seed. Safety at every step,
 * liveness at the end.
 */
import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/raft/index.ts';
import { Cluster } from './support/cluster.ts';
import { integerBetween, oneOf, shuffled } from './support/random.ts';

/** `RAFT_SEEDS=5000 npx vitest run --project unit test/raft/random.test.ts` looks further. */
const SEEDS = Array.from({ length: Number(process.env['RAFT_SEEDS'] ?? 100) }, (_, index) => index + 1);

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

/** Everything a run's faults left behind is put right. */
function endFaults(cluster: Cluster): void {
  cluster.heal();
  cluster.crashChance = 0;
  for (const { id, raft } of cluster.servers.values()) {
    if (raft === undefined) {
      cluster.restart(id);
    }
  }
}

/** All members of the leader's configuration have applied all that is in its log. */
function membersAgree(cluster: Cluster): boolean {
  const leader = cluster.leader()?.node.status();
  return (
    leader?.transferee === 0 &&
    leader.commitIndex === leader.lastIndex &&
    leader.progress.every(({ id }) => cluster.server(id).lastApplied === leader.lastIndex)
  );
}

function expectSameWrites(cluster: Cluster): void {
  cluster.settle();
  cluster.elect();
  const writer = cluster.leader()!;
  cluster.propose(writer.id, 'one more');
  cluster.runUntil(() => membersAgree(cluster) && writer.commands().includes('one more'), 'one more write', 100);
  const leader = cluster.leader()!;
  for (const { id } of leader.node.status().progress) {
    expect(cluster.server(id).commands()).toEqual(leader.commands());
  }
}

function stormyWeather(cluster: Cluster): void {
  const { random } = cluster;
  cluster.weather = { loss: 0.05 + 0.2 * random(), duplicate: 0.2 * random(), maxDelaySteps: 12 };
  cluster.crashChance = cluster.seed % 2 === 0 ? 0.01 : 0;
}

describe('random runs', () => {
  it.each(SEEDS)('seed %i is safe throughout and converges once the faults stop', (seed) => {
    const size = 1 + (seed % 5);
    const cluster = new Cluster({
      voters: Array.from({ length: size }, (_, index) => index + 1),
      seed,
      node: {
        preVote: seed % 2 === 0,
        checkQuorum: seed % 3 === 0,
        maxInflightMessages: 1 + (seed % 7),
        maxEntriesBytesPerMessage: 20 + 30 * (seed % 4),
        maxApplyingBytes: 40 + 50 * (seed % 3),
      },
    });
    stormyWeather(cluster);
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
    endFaults(cluster);
    cluster.runUntil(() => membersAgree(cluster), 'all servers the same', 400);
    expectSameWrites(cluster);
  });
});

/** Asks the leader for some change of membership, or to hand over. */
function changeSomething(cluster: Cluster): void {
  const { random } = cluster;
  const leader = cluster.leader();
  if (leader === undefined) {
    return;
  }
  if (random() < 0.2) {
    leader.node.transferLeadership(integerBetween(random, 1, 7));
    cluster.handle(leader.id);
    return;
  }
  const one = (): string => `${oneOf(random, ['v', 'v', 'l', 'r'])}${integerBetween(random, 1, 7)}`;
  const changes = random() < 0.2 ? '' : random() < 0.5 ? one() : `${one()} ${one()}`;
  try {
    cluster.change(leader.id, changes, oneOf(random, ['auto', 'auto', 'joint-implicit', 'joint-explicit']));
  } catch (error) {
    expect(error).toHaveProperty('name', 'ProposalDropped');
  }
}

describe('random runs with membership changes, transfers and snapshots', () => {
  it.each(SEEDS)('seed %i is safe throughout and converges once the faults stop', (seed) => {
    const cluster = new Cluster({ voters: [1, 2, 3], seed, node: { preVote: true, checkQuorum: true } });
    [4, 5, 6].forEach((id) => cluster.add(id));
    stormyWeather(cluster);
    for (let step = 0; step < 500; step++) {
      disturb(cluster);
      if (cluster.random() < 0.3) {
        cluster.tick();
      }
      if (cluster.random() < 0.15) {
        proposeSomewhere(cluster, `s${seed}n${step}`);
      }
      if (cluster.random() < 0.05) {
        changeSomething(cluster);
      }
      cluster.deliverNext();
    }
    endFaults(cluster);
    cluster.runUntil(() => membersAgree(cluster), 'all members the same', 500);
    expectSameWrites(cluster);
  });
});
