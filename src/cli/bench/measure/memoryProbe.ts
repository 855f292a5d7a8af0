/** A process that runs only a lab, and reports how much memory its idle nodes take. Started by the bench. */
import { once } from 'node:events';
import { BenchLab } from './benchLab.ts';
import type { MemoryAnswer, MemoryQuestion } from './measureMemory.ts';

const [question] = (await once(process, 'message')) as [MemoryQuestion]; // the bench is this program's own code
const { nodeCount, workerPaths, idleMs } = question;
const beforeBytes = process.memoryUsage.rss();
const lab = await BenchLab.open(nodeCount, 'class', workerPaths);
await lab.leader();
await new Promise((resolve) => setTimeout(resolve, idleMs));
const { electron, node } = process.versions;
const answer: MemoryAnswer = {
  runtime: Object.hasOwn(process.versions, 'electron') ? `Electron ${electron}` : `Node ${node}`,
  beforeBytes,
  idleBytes: process.memoryUsage.rss(),
};
await lab.close();
process.send?.(answer);
process.disconnect();
