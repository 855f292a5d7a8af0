/** A process that runs a lab and nothing else, and tells what memory its idle nodes take. Started by the bench. */
import { once } from 'node:events';
import { BenchLab } from './benchLab.ts';
import type { MemoryAnswer, MemoryQuestion } from './measureStartUp.ts';
import { workerUrlsOf } from './workers.ts';

const [question] = (await once(process, 'message')) as [MemoryQuestion]; // the bench is this program's own code
const { nodeCount, built, idleMs } = question;
const beforeBytes = process.memoryUsage.rss();
const lab = await BenchLab.open(nodeCount, 'class', workerUrlsOf(built));
await lab.leader();
await new Promise((resolve) => setTimeout(resolve, idleMs));
const answer: MemoryAnswer = { beforeBytes, idleBytes: process.memoryUsage.rss() };
await lab.close();
process.send?.(answer);
process.disconnect();
