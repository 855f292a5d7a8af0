/** Leader Append-Only (Raft Figure 3, §5.3): a leader never overwrites or deletes entries of its own log. */
import { type Property, SafetyViolation } from '../violation.ts';
import type { Appended, Check, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'Leader Append-Only',
  section: 'Raft §5.3',
  statement: 'a leader never overwrites or deletes entries of its log',
};

export class LeaderAppendOnly implements Check {
  onAppend(server: ObservedServer, { role, entries, replacedFrom }: Appended): void {
    if (role === 'leader' && replacedFrom !== undefined) {
      throw new SafetyViolation(
        PROPERTY, [server.id],
        `leader ${server.id} replaced its entries from ${replacedFrom} on by ${entries.length} others`,
      );
    }
  }
}
