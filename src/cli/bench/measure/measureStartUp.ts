/** How soon a lab of five nodes runs and has a leader. */
import { BenchLab } from './benchLab.ts';
import type { Bench } from './measureClusters.ts';
import type { StartUpReport } from '../report/report.ts';
import { latencyOf } from '../report/statistics.ts';
import { longestElectionTimeoutMs } from './timeouts.ts';

const NODES = 5;

export async function measureStartUp({ plan, resources, workerUrls, say }: Bench): Promise<StartUpReport> {
  const runningMs: number[] = [];
  const leaderKnownMs: number[] = [];
  for (let start = 1; start <= plan.startUps; start += 1) {
    say(`${NODES} nodes: start ${start} of ${plan.startUps}`);
    const startedAtMs = performance.now();
    await resources.using(BenchLab.open(NODES, plan.startUpPace, workerUrls), async (lab) => {
      const leader = lab.leader();
      await lab.running();
      const runningAtMs = performance.now();
      runningMs.push(runningAtMs - startedAtMs);
      await leader;
      leaderKnownMs.push(performance.now() - runningAtMs);
    });
  }
  return {
    nodeCount: NODES,
    starts: plan.startUps,
    longestElectionTimeoutMs: longestElectionTimeoutMs(plan.startUpPace),
    running: latencyOf(runningMs),
    leaderKnown: latencyOf(leaderKnownMs),
  };
}
