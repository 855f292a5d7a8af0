/** The prompt of the terminal: the node that is asked, and a mark where the lab does not run Raftlab's Raft. */
import type { NodeName } from '../../trace/names.ts';
import { isRaftlabs, presetOf } from '../../trace/variant.ts';
import type { ClusterView } from '../../trace/view.ts';

/** `n1 ❯`, `n1 paper ❯`, `n1 unsafe ❯`. */
export function promptFor(asked: NodeName, { variant, rulesOff }: ClusterView): string {
  const raft = isRaftlabs(variant) ? undefined : presetOf(variant) ?? 'mixed';
  const mark = rulesOff.length > 0 ? 'unsafe' : raft;
  return `${[asked, mark].filter(Boolean).join(' ')} ❯ `;
}
