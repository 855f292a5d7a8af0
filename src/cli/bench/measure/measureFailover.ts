/** How long a cluster is without a leader that commits, after the old one crashed. */
import { clockMs } from '../../../node/clock.ts';
import { seededRandom } from '../../../server/random.ts';
import { NONE } from '../../../raft/types.ts';
import type { NodeId } from '../../../raft/types.ts';
import type { NodeName } from '../../../trace/names.ts';
import { nodeNameOf } from '../../../trace/names.ts';
import { BenchLab } from './benchLab.ts';
import type { Bench } from './measureClusters.ts';
import type { FailoverReport } from '../report/report.ts';
import { latencyOf } from '../report/statistics.ts';
import { longestElectionTimeoutMs } from './timeouts.ts';

const NODES = 5;
/** Between two crashes: a few heartbeats, so that the crash falls anywhere between two of them. */
const QUIET_MS = { min: 200, spread: 200 };
const SEED = 1;

export function measureFailover({ plan, resources, workerUrls, say }: Bench): Promise<FailoverReport> {
  const random = seededRandom(SEED);
  return resources.using(BenchLab.open(NODES, 'fast', workerUrls), async (lab) => {
    const samplesMs: number[] = [];
    for (let crash = 1; crash <= plan.crashes; crash += 1) {
      say(`${NODES} nodes: crash ${crash} of ${plan.crashes}`);
      const leader = await lab.leader();
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS.min + random() * QUIET_MS.spread));
      samplesMs.push(await timeToCommit(lab, leader));
      await lab.restart(leader);
    }
    return {
      nodeCount: NODES,
      crashes: plan.crashes,
      longestElectionTimeoutMs: longestElectionTimeoutMs('fast'),
      latency: latencyOf(samplesMs),
    };
  });
}

/** Crashes the leader. @returns milliseconds from then until another one has committed, by the nodes' own clocks */
async function timeToCommit(lab: BenchLab, leader: NodeName): Promise<number> {
  let successor: NodeId = NONE;
  const committed = lab.until('a commit by a new leader', (event) => {
    if (event.type === 'roleChanged' && event.role === 'leader' && nodeNameOf(event.node) !== leader) {
      successor = event.node;
    }
    return event.type === 'commitAdvanced' && event.node === successor;
  });
  const crashedAtMs = clockMs();
  const [event] = await Promise.all([committed, lab.crash(leader)]);
  return event.atMs - crashedAtMs;
}
