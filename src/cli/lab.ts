/** The lab without a window: `node src/cli/lab.ts --help` says how. */
import { runProgram } from './terminal/program.ts';

process.exitCode = await runProgram(process.argv.slice(2), {
  workerUrls: {
    node: new URL('../node/worker.ts', import.meta.url),
    databaseReader: new URL('../lab/databaseReaderWorker.ts', import.meta.url),
  },
});
