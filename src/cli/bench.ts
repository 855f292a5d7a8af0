/**
 * Measures how fast real clusters are on this machine, compared with the budgets of the design: `npm run bench --
 * [--json FILE] [--peer etcd] [--resp] [--quick]`. Prints tables; progress goes to standard error. docs/performance.md
 * has the results, and what they mean.
 */
import { writeFileSync } from 'node:fs';
import { parseOptions, USAGE } from './bench/options.ts';
import { Resources } from './bench/resources.ts';
import { runBench } from './bench/runBench.ts';
import { textOf } from './bench/report/tables.ts';

const EXIT_INTERRUPTED = 130;

async function main(commandLine: readonly string[]): Promise<void> {
  const options = parseOptions(commandLine);
  if (options === undefined) {
    console.log(USAGE);
    return;
  }
  const resources = new Resources();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void resources.closeAll().finally(() => process.exit(EXIT_INTERRUPTED));
    });
  }
  const report = await runBench(options, resources, (line) => console.error(`bench: ${line}`));
  if (options.jsonFile !== undefined) {
    writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  }
  console.log(textOf(report));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  console.error(USAGE);
  process.exitCode = 1;
});
