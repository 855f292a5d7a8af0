/**
 * A membership change is known to be committed before the next one is in the log (dissertation §4.1; raft-dev, 2015:
 * "bug in single-server membership changes"). Changes take effect when they are applied, so this is what keeps quorums
 * overlapping: a server that holds the second change applies the first before it stands for election. It is therefore
 * at most one change behind any leader. Without this property two changes take effect at once. Even then it takes much
 * bad luck until two majorities without a common server really decide something.
 */
import type { Entry, Index } from '../../raft/index.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Appended, Check, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'Changes come one by one',
  section: 'dissertation §4.1',
  statement: 'a server that holds a membership change knows the one before it to be committed',
};

export class ChangesComeOneByOne implements Check {
  onAppend(server: ObservedServer, { entries, commitIndex }: Appended): void {
    const newest = entries.findLast(isChange);
    if (newest === undefined) {
      return;
    }
    const [first = newest] = entries;
    const waiting = [...uncommittedBefore(server, first.index, commitIndex), ...entries].find(
      (entry) => isChange(entry) && entry.index > commitIndex && entry.index < newest.index,
    );
    if (waiting !== undefined) {
      throw new SafetyViolation(
        PROPERTY, [server.id],
        `${server.id} takes the membership change ${newest.index} of term ${newest.term}, and knows of commits up to ` +
          `${commitIndex} only, before the change ${waiting.index} of term ${waiting.term}`,
      );
    }
  }
}

function isChange({ type }: Entry): boolean {
  return type === 'configuration';
}

/** The server's entries after its commitIndex and before `index`. */
function uncommittedBefore({ disk: { storage } }: ObservedServer, index: Index, commitIndex: Index): readonly Entry[] {
  const from = Math.max(commitIndex + 1, storage.firstIndex());
  const to = Math.min(index, storage.lastIndex() + 1);
  return from < to ? storage.entries(from, to, Infinity) : [];
}
