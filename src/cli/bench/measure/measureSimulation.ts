/** How fast a simulated lab is executed, and how soon it shows the moment before. */
import { DEFAULT_SIMULATION } from '../../../contract/time.ts';
import { newLabRecord } from '../../../sim/lab/labRecord.ts';
import { Timeline } from '../../../sim/lab/timeline.ts';
import { RAFTLAB_VARIANT } from '../../../trace/variant.ts';
import type { Bench } from './measureClusters.ts';
import type { SimulationReport } from '../report/report.ts';
import { latencyOf } from '../report/statistics.ts';

const NODES = 5;
const SEED = 7;
/** As a lab's thread works at a piece. */
const WORK_MS = 8;

/** Nobody writes: heartbeats alone, which are most of what such a lab does. */
export async function measureSimulation({ plan, say }: Bench): Promise<SimulationReport> {
  say(`a simulated lab of ${NODES} nodes`);
  const lab = new Timeline(newLabRecord({
    labId: 'bench', name: 'Bench', nodeCount: NODES, pace: 'fast', variant: RAFTLAB_VARIANT,
    simulation: { seed: SEED, ...DEFAULT_SIMULATION },
  }), {
    wallMs: () => performance.now(),
    listener: {
      onEvents: () => undefined, onMoved: () => undefined, onTime: () => undefined, onChanged: () => undefined,
    },
  });
  const before = process.cpuUsage();
  await finished(lab, lab.execute('time:runFor', { forMs: plan.simulatedMs }));
  const { user, system } = process.cpuUsage(before);
  const stepsBackMs: number[] = [];
  for (let round = 0; round < plan.stepsBack; round += 1) {
    while (lab.work(WORK_MS) === 'preparing') { /* as while nobody does anything */ }
    const startedAtMs = performance.now();
    await finished(lab, lab.execute('time:back', { unit: 'message' }));
    stepsBackMs.push(performance.now() - startedAtMs);
  }
  return {
    nodeCount: NODES, virtualMs: plan.simulatedMs, cpuMs: (user + system) / 1000, stepBack: latencyOf(stepsBackMs),
  };
}

async function finished(lab: Timeline, answer: Promise<unknown>): Promise<void> {
  while (lab.work(WORK_MS) === 'busy') { /* there is more */ }
  await answer;
}
