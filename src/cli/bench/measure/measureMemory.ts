/** How much memory the idle nodes of a lab take, measured in a separate process. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Bench } from './measureClusters.ts';
import type { MemoryReport } from '../report/report.ts';
import { BUNDLED_MEMORY_PROBE } from '../../workers.ts';
import type { WorkerUrls } from '../../workers.ts';

const NODES = 5;
const MIB = 2 ** 20;

/** The memory probe's question and answer. */
export interface MemoryQuestion {
  readonly nodeCount: number;
  /** The files that the worker threads run. */
  readonly workerPaths: Readonly<Record<keyof WorkerUrls, string>>;
  readonly idleMs: number;
}
export interface MemoryAnswer {
  readonly runtime: string;
  readonly beforeBytes: number;
  readonly idleBytes: number;
}

/** How the probe is started. */
interface ProbeProgram {
  readonly file: string;
  readonly executable: string;
}

/** @param electron Electron's executable; where there is one, the nodes of a lab in Electron are measured first */
export async function measureMemory(bench: Bench, electron: string | undefined): Promise<readonly MemoryReport[]> {
  const inNode = (): Promise<MemoryReport> => measureIn(bench, {
    file: fileURLToPath(new URL('memoryProbe.ts', import.meta.url)), executable: process.execPath,
  });
  return electron === undefined
    ? [await inNode()]
    : [await measureIn(bench, { file: BUNDLED_MEMORY_PROBE, executable: electron }), await inNode()];
}

async function measureIn(
  { plan, resources, workerUrls, say }: Bench, { file, executable }: ProbeProgram,
): Promise<MemoryReport> {
  say(`${NODES} nodes: memory`);
  const probe = fork(file, { execPath: executable, env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } });
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
    const question: MemoryQuestion = {
      nodeCount: NODES,
      workerPaths: {
        node: pathOf(workerUrls.node), databaseReader: pathOf(workerUrls.databaseReader),
        recording: pathOf(workerUrls.recording), simulation: pathOf(workerUrls.simulation),
      },
      idleMs: plan.idleMs,
    };
    probe.send(question);
    const answer = await Promise.race([
      once(probe, 'message').then(([message]) => message as MemoryAnswer), // the probe is this program's own code
      once(probe, 'exit').then(() => undefined),
    ]);
    if (answer === undefined) {
      throw new Error(`the memory probe ended with exit code ${String(probe.exitCode)} before it answered`);
    }
    return {
      runtime: answer.runtime,
      nodeCount: NODES,
      idleNodeMib: (answer.idleBytes - answer.beforeBytes) / NODES / MIB,
      processMib: answer.idleBytes / MIB,
    };
  });
}

function pathOf(url: URL | string): string {
  return typeof url === 'string' ? url : fileURLToPath(url);
}
