/** How a node is and, where it does not run, why: what can be done and what is still known follow from this. */
import type { NodeView } from './view.ts';

/**
 * A life as in `NodeView`, but a failed node's by its reason.
 * - `file-lost`: raft.db is damaged and was set aside, or it is gone. A restart needs a good copy in its place.
 * - `file-foreign`: the file in its place is another node's, or a newer Raftlab's. A restart does not help either.
 * - `disk-full`, `disk-error`: the file is as it was; a restart helps when the disk is well again.
 * - `failed`: anything else, such as an error in Raftlab.
 */
export type NodeCondition =
  | Exclude<NodeView['life'], 'failed'> | 'file-lost' | 'file-foreign' | 'disk-full' | 'disk-error' | 'failed';

const BY_CODE: Readonly<Record<string, NodeCondition>> = {
  'corrupt-file': 'file-lost',
  'lab-newer': 'file-foreign',
  refused: 'file-foreign',
  'disk-full': 'disk-full',
  'disk-error': 'disk-error',
};

type Fields = Pick<NodeView, 'life' | 'failure'>;

export function conditionOf({ life, failure }: Fields): NodeCondition {
  return life === 'failed' ? BY_CODE[failure?.code ?? ''] ?? 'failed' : life;
}

/** Why a failed node does not run, in a few words: `its file is lost`. */
export function failureWords(node: Fields): string {
  switch (conditionOf(node)) {
    case 'file-lost': return 'its file is lost';
    case 'file-foreign': return 'a file it cannot use';
    case 'disk-full': return 'the disk is full';
    case 'disk-error': return 'a disk error';
    default: return 'failed';
  }
}
