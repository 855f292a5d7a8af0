/** The lab without a window: `node src/cli/lab.ts --help` shows how. */
import { runProgram } from './terminal/program.ts';
import { bundledWorkers } from './workers.ts';

process.exitCode = await runProgram(process.argv.slice(2), { workerUrls: bundledWorkers() });
