/**
 * Log Matching (Raft Figure 3, §5.3): if two logs hold an entry with the same index and term, they are the same up to
 * it. It is
 * enough that one (index, term) always stands for the same data after the same (index − 1, term): the rest follows by
 * induction.
 */
import type { Term } from '../../raft/index.ts';
import { hashBytes } from '../random.ts';
import { SafetyViolation } from '../violation.ts';
import type { Appended, Check, ObservedServer } from './observer.ts';

interface Known {
  readonly previousTerm: Term;
  readonly hash: number;
  readonly seenOn: number;
}

export class LogMatching implements Check {
  readonly #known = new Map<string, Known>();

  onAppend(server: ObservedServer, { entries, previousTerm }: Appended): void {
    let before = previousTerm;
    for (const entry of entries) {
      const key = `${entry.index}@${entry.term}`;
      const hash = hashBytes(entry.data);
      const known = this.#known.get(key);
      if (known === undefined) {
        this.#known.set(key, { previousTerm: before, hash, seenOn: server.id });
      } else if (known.hash !== hash || known.previousTerm !== before) {
        throw new SafetyViolation(
          'Log Matching',
          `entry ${entry.index} of term ${entry.term} on ${server.id} follows term ${before} and has hash ${hash}; ` +
            `on ${known.seenOn} it follows term ${known.previousTerm} and has hash ${known.hash}`,
        );
      }
      before = entry.term;
    }
  }
}
