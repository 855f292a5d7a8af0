/** Leader Append-Only (Raft Figure 3, §5.3): a leader never overwrites or deletes entries of its own log. */
import { SafetyViolation } from '../violation.ts';
import type { Appended, Check, ObservedServer } from './observer.ts';

export class LeaderAppendOnly implements Check {
  onAppend(server: ObservedServer, { role, entries, replacedFrom }: Appended): void {
    if (role === 'leader' && replacedFrom !== undefined) {
      throw new SafetyViolation(
        'Leader Append-Only', 'Raft §5.3',
        `leader ${server.id} replaced its entries from ${replacedFrom} on by ${entries.length} others`,
      );
    }
  }
}
