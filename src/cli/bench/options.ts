/** The bench's command line. */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Where to write the report as JSON; undefined: nowhere. */
  readonly jsonFile: string | undefined;
  readonly withEtcd: boolean;
  /** Small counts and short rounds: shows that everything runs, and proves nothing. */
  readonly quick: boolean;
  /** Run the bundled worker threads of out/, as the app does, instead of the sources. */
  readonly built: boolean;
}

export const USAGE = 'usage: npm run bench -- [--json FILE] [--peer etcd] [--quick]';

/** @throws {Error} that names what is wrong */
export function parseOptions(commandLine: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...commandLine],
    options: {
      json: { type: 'string' },
      peer: { type: 'string' },
      quick: { type: 'boolean', default: false },
      built: { type: 'boolean', default: false },
    },
  });
  if (values.peer !== undefined && values.peer !== 'etcd') {
    throw new Error(`there is no peer "${values.peer}": the one to measure beside is etcd`);
  }
  return { jsonFile: values.json, withEtcd: values.peer === 'etcd', quick: values.quick, built: values.built };
}
