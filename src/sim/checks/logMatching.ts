/**
 * Log Matching (Raft Figure 3, §5.3): if two logs hold an entry with the same index and term, they are the same up to
 * it. It is enough that one (index, term) always stands for the same data after the same (index − 1, term): the rest
 * follows by induction.
 */
import type { Entry, Index, Term } from '../../raft/index.ts';
import { hashBytes } from '../random.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Appended, Check, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'Log Matching',
  section: 'Raft §5.3',
  statement: 'two logs that hold an entry with the same index and term are the same up to it',
};

interface Known {
  readonly previousTerm: Term;
  readonly type: Entry['type'];
  readonly hash: number;
  readonly seenOn: number;
}

export class LogMatching implements Check {
  readonly #known = new Map<Index, Map<Term, Known>>();

  onAppend(server: ObservedServer, { entries, previousTerm }: Appended): void {
    let before = previousTerm;
    for (const entry of entries) {
      this.#compare(server, entry, before);
      before = entry.term;
    }
  }

  #compare(server: ObservedServer, { index, term, type, data }: Entry, previousTerm: Term): void {
    const hash = hashBytes(data);
    const atIndex = this.#known.get(index) ?? new Map<Term, Known>();
    const known = atIndex.get(term);
    if (known === undefined) {
      this.#known.set(index, atIndex.set(term, { previousTerm, type, hash, seenOn: server.id }));
    } else if (known.hash !== hash || known.type !== type || known.previousTerm !== previousTerm) {
      throw new SafetyViolation(
        PROPERTY, [known.seenOn, server.id],
        `entry ${index} of term ${term} on ${server.id} follows term ${previousTerm} (${type}, hash ${hash}); ` +
          `on ${known.seenOn} it follows term ${known.previousTerm} (${known.type}, hash ${known.hash})`,
      );
    }
  }
}
