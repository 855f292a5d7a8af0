/** What the core reads from the persisted log: an interface that nodes, the simulator and the tests implement. */
import type { Configuration, Entry, HardState, Index, Snapshot, Term } from './types.ts';

/** What a node starts from. */
export interface InitialState {
  /** Term 0, no vote and commitIndex 0 for a node that never ran. */
  readonly hardState: HardState;
  /**
   * The configuration as of the last applied entry, or of the snapshot that the log starts from. Where a log starts
   * from nothing, the cluster's first configuration: the same on every server, including one that joins later, because
   * the log holds only the changes. Empty on a server that will be sent a snapshot first.
   */
  readonly configuration: Configuration;
}

/**
 * A synchronous read interface to what is on stable storage. The core only reads; its owner writes what `Ready` hands
 * out. The log holds the entries from `firstIndex()` to `lastIndex()`; what came before is covered by the snapshot.
 *
 * Invariants: `firstIndex() >= 1`; `lastIndex() >= firstIndex() - 1`; indexes are consecutive.
 * It is read often (each answer to a follower): keep the recent entries in memory.
 */
export interface LogStorage {
  /** Asked once, when the core is made. */
  initialState(): InitialState;
  /** The index of the first entry still in the log: lastIncludedIndex of the snapshot + 1, or 1. */
  firstIndex(): Index;
  /** The index of the last entry, or `firstIndex() - 1` when the log is empty. */
  lastIndex(): Index;
  /** The term of the entry at `index`, for `firstIndex() - 1 <= index <= lastIndex()`. 0 at index 0. */
  term(index: Index): Term;
  /**
   * The entries with `low <= index < high`, cut so that their data is at most `maxBytes` bytes (see `entryBytes`), but
   * at least one. `firstIndex() <= low < high <= lastIndex() + 1`.
   */
  entries(low: Index, high: Index, maxBytes: number): readonly Entry[];
  /**
   * The snapshot to send to a follower that needs entries which are no longer in the log: `lastIncludedIndex` is at
   * least `firstIndex() - 1` and at most the last applied index. Undefined while none is available: the core asks again
   * later.
   */
  snapshot(): Snapshot | undefined;
}

/** A fixed cost for each entry on top of its data, so that empty entries are not free in a message or a queue. */
const ENTRY_OVERHEAD_BYTES = 16;

/** The size that limits count for one entry. */
export function entryBytes(entry: Entry): number {
  return entry.data.length + ENTRY_OVERHEAD_BYTES;
}

/** The size that limits count for some entries. */
export function entriesBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) {
    bytes += entryBytes(entry);
  }
  return bytes;
}

/** The longest prefix within `maxBytes`, but at least one entry if there is any. */
export function limitEntries(entries: readonly Entry[], maxBytes: number): readonly Entry[] {
  let bytes = 0;
  for (const [position, entry] of entries.entries()) {
    bytes += entryBytes(entry);
    if (bytes > maxBytes && position > 0) {
      return entries.slice(0, position);
    }
  }
  return entries;
}
