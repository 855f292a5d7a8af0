/** State Machine Safety (Raft Figure 3, §5.4.3): no two servers apply different entries at the same index. */
import type { Entry } from '../../raft/index.ts';
import { hashBytes } from '../random.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { CommittedLog } from './committedLog.ts';
import type { Check, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'State Machine Safety',
  section: 'Raft §5.4.3',
  statement: 'no two servers apply different entries at the same index',
};

export class StateMachineSafety implements Check {
  readonly #committed: CommittedLog;

  constructor(committed: CommittedLog) {
    this.#committed = committed;
  }

  onApply(server: ObservedServer, entry: Entry): void {
    const known = this.#committed.note(server.id, entry);
    const hash = hashBytes(entry.data);
    if (known.term !== entry.term || known.hash !== hash) {
      throw new SafetyViolation(
        PROPERTY, [known.firstAppliedBy, server.id],
        `at index ${entry.index} ${server.id} applies an entry of term ${entry.term} (hash ${hash}), ` +
          `${known.firstAppliedBy} applied one of term ${known.term} (hash ${known.hash})`,
      );
    }
  }
}
