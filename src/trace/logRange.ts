/** What a node's log holds, for every place that tells it: nothing yet, a snapshot in its place, or entries. */
import type { Index } from '../raft/types.ts';

export type LogRange =
  | { readonly type: 'empty' }
  /** Compaction took every entry (Raft §7): the snapshot covers them all. */
  | { readonly type: 'compacted'; readonly upTo: Index }
  | { readonly type: 'entries'; readonly first: Index; readonly last: Index; readonly count: number };

/** The range of a log from its bounds, as a node and its file give them: without entries, first is last + 1. */
export function logRangeOf({ firstIndex, lastIndex }: {
  readonly firstIndex: Index; readonly lastIndex: Index;
}): LogRange {
  if (firstIndex <= lastIndex) {
    return { type: 'entries', first: firstIndex, last: lastIndex, count: lastIndex - firstIndex + 1 };
  }
  return firstIndex > 1 ? { type: 'compacted', upTo: firstIndex - 1 } : { type: 'empty' };
}

/** For a cell of a table: `empty`, `compacted to 152`, `7`, `1–152`. */
export function rangeWords(range: LogRange): string {
  switch (range.type) {
    case 'empty': return 'empty';
    case 'compacted': return `compacted to ${range.upTo}`;
    case 'entries': return range.first === range.last ? String(range.last) : `${range.first}–${range.last}`;
  }
}

/** What a file keeps of the log: `no entries`, `a snapshot to 152`, `1 entry`, `12 entries`. */
export function keptWords(range: LogRange, formatCount: (count: number) => string = String): string {
  switch (range.type) {
    case 'empty': return 'no entries';
    case 'compacted': return `a snapshot to ${range.upTo}`;
    case 'entries': return `${formatCount(range.count)} ${range.count === 1 ? 'entry' : 'entries'}`;
  }
}

/** Why a log shows no entries, as a sentence; null when it has some. */
export function whyNoEntries(range: LogRange): string | null {
  switch (range.type) {
    case 'empty':
      return 'The log is empty. The first leader appends a no-op; then every command adds an entry.';
    case 'compacted':
      return `The log has no entries: the snapshot covers all of them up to ${range.upTo} (Raft §7). `
        + `The next entry is ${range.upTo + 1}.`;
    case 'entries':
      return null;
  }
}
