/** How soon a lab of five nodes runs and has a leader; and what memory its idle nodes take. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BenchLab } from './benchLab.ts';
import type { Bench } from './measureClusters.ts';
import type { StartUpReport } from './report.ts';
import { latencyOf } from './statistics.ts';
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

/** What the memory probe, a process of its own, is told and answers. */
export interface MemoryQuestion {
  readonly nodeCount: number;
  readonly built: boolean;
  readonly idleMs: number;
}
export interface MemoryAnswer {
  readonly beforeBytes: number;
  readonly idleBytes: number;
}

/** @returns MiB of resident memory that each of five idle nodes adds to a process */
export async function measureIdleNodeMib({ plan, resources, say }: Bench, built: boolean): Promise<number> {
  say(`${NODES} nodes: memory`);
  const probe = fork(fileURLToPath(new URL('memoryProbe.ts', import.meta.url)));
  const opening = Promise.resolve({
    close: async () => {
      if (probe.exitCode === null && probe.signalCode === null) {
        const exited = once(probe, 'exit');
        probe.kill();
        await exited;
      }
    },
  });
  return resources.using(opening, async () => {
    const question: MemoryQuestion = { nodeCount: NODES, built, idleMs: plan.idleMs };
    probe.send(question);
    const answer = await Promise.race([
      once(probe, 'message').then(([message]) => message as MemoryAnswer), // the probe is this program's own code
      once(probe, 'exit').then(() => undefined),
    ]);
    if (answer === undefined) {
      throw new Error(`the memory probe ended with exit code ${String(probe.exitCode)} before it answered`);
    }
    return (answer.idleBytes - answer.beforeBytes) / NODES / 2 ** 20;
  });
}
