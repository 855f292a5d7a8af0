/**
 * Where the outside oracles lie: in ../shared/oracles beside the checkout, as chosen and laid out there, or in the
 * folder that RAFTLAB_ORACLES names, as checkouts of etcd-io/raft (`etcd-raft`) and anishathalye/porcupine
 * (`porcupine`).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const GIVEN = process.env['RAFTLAB_ORACLES'];
const BESIDE = fileURLToPath(new URL('../../../shared/oracles', import.meta.url));

/**
 * The folder of an oracle; undefined where there is none, and none was asked for.
 * @throws {Error} when RAFTLAB_ORACLES names a folder that does not have it
 */
export function outsideOracle(name: 'etcd-raft' | 'porcupine'): string | undefined {
  const folder = join(GIVEN ?? BESIDE, name);
  if (existsSync(folder)) {
    return folder;
  }
  if (GIVEN !== undefined) {
    throw new Error(`RAFTLAB_ORACLES is ${GIVEN}, and there is no ${name} in it`);
  }
  return undefined;
}
