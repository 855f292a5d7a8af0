/** The bench's command line. */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Where to write the report as JSON; undefined: nowhere. */
  readonly jsonFile: string | undefined;
  readonly withEtcd: boolean;
  /** Whether to measure the leader's door with redis-benchmark, beside real Redis. */
  readonly withDoor: boolean;
  /** Small counts and short rounds: shows that everything runs, and proves nothing. */
  readonly quick: boolean;
  /** The Electron in which the app runs, to measure the memory of nodes there too; undefined: there is none. */
  readonly electron: string | undefined;
}

export const USAGE = `Usage: npm run bench -- [OPTIONS]

Measures real clusters beside the budgets, for about five minutes.

  --json FILE    writes the report there too
  --peer etcd    puts the same load on three etcd nodes
  --resp         measures the leader's door with redis-benchmark; with --peer etcd, beside etcd's own protocol
  --quick        shows that everything runs; its figures prove nothing
  --help         this text`;

/** @returns undefined when only help is asked for @throws {Error} that names what is wrong */
export function parseOptions(commandLine: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...commandLine],
    options: {
      json: { type: 'string' },
      peer: { type: 'string' },
      resp: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      electron: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    return undefined;
  }
  if (values.peer !== undefined && values.peer !== 'etcd') {
    throw new Error(`there is no peer "${values.peer}": the one to measure beside is etcd`);
  }
  const { json: jsonFile, resp: withDoor, quick, electron } = values;
  return { jsonFile, withEtcd: values.peer === 'etcd', withDoor, quick, electron };
}
