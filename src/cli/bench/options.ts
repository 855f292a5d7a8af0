/** The bench's command line. */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Where to write the report as JSON; undefined: nowhere. */
  readonly jsonFile: string | undefined;
  readonly withEtcd: boolean;
  /** Small counts and short rounds: shows that everything runs, and proves nothing. */
  readonly quick: boolean;
  /** The Electron in which the app runs, to measure the memory of nodes there too; undefined: there is none. */
  readonly electron: string | undefined;
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
      electron: { type: 'string' },
    },
  });
  if (values.peer !== undefined && values.peer !== 'etcd') {
    throw new Error(`there is no peer "${values.peer}": the one to measure beside is etcd`);
  }
  const { json: jsonFile, quick, electron } = values;
  return { jsonFile, withEtcd: values.peer === 'etcd', quick, electron };
}
