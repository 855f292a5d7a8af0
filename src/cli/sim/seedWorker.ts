/** The entry of a thread that runs seeds: a message brings the options of one, the answer is its report. */
import { parentPort } from 'node:worker_threads';
import type { SimOptions } from '../../sim/settings.ts';
import { reportOf } from './seedReport.ts';

parentPort?.on('message', (options: SimOptions) => {
  parentPort?.postMessage(reportOf(options));
});
