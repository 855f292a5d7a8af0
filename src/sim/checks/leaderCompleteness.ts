/** Leader Completeness (Raft Figure 3, §5.4): a committed entry is in the log of every leader of a later term. */
import type { Role, Term } from '../../raft/index.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { CommittedLog } from './committedLog.ts';
import type { Check, ObservedLog, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'Leader Completeness',
  section: 'Raft §5.4',
  statement: 'a committed entry is in the log of every leader of a later term',
};

export class LeaderCompleteness implements Check {
  readonly #committed: CommittedLog;

  constructor(committed: CommittedLog) {
    this.#committed = committed;
  }

  onRole(server: ObservedServer, role: Role, term: Term, log: ObservedLog): void {
    const last = this.#committed.at(this.#committed.lastIndex);
    // A leader of an earlier term that is elected late need not have what later terms committed.
    if (role !== 'leader' || last === undefined || last.term > term) {
      return;
    }
    // By Log Matching it is enough to look at the last committed entry.
    const index = this.#committed.lastIndex;
    if (index >= log.firstIndex - 1 && log.termAt(index) !== last.term) {
      throw new SafetyViolation(
        PROPERTY, [server.id],
        `leader ${server.id} of term ${term} does not have the committed entry ${index} of term ${last.term}: ` +
          `its log is [${log.firstIndex}, ${log.lastIndex}] with term ${log.termAt(index) ?? 'none'} there`,
      );
    }
  }
}
