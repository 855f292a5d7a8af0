/** The prompt of the terminal: virtual time, the node that is asked, and a mark for another Raft than Raftlab's. */
import type { NodeName } from '../../trace/names.ts';
import { isRaftlabs, presetOf } from '../../trace/variant.ts';
import type { ClusterView } from '../../trace/view.ts';

/**
 * `n1 ❯`, `n1 paper ❯`, `n1 unsafe ❯`, `simulated 14.200 s n1 ❯`.
 * @param time what a simulated lab's time is
 */
export function promptFor(asked: NodeName, { variant, rulesOff }: ClusterView, time?: string): string {
  const raft = isRaftlabs(variant) ? undefined : presetOf(variant) ?? 'mixed';
  const mark = rulesOff.length > 0 ? 'unsafe' : raft;
  return `${[time, asked, mark].filter(Boolean).join(' ')} ❯ `;
}
