/** When a node takes a snapshot, and how much of its log it then discards (Raft §7). Pure. */
import type { Index, ProgressStatus } from '../../raft/index.ts';

export interface CompactionSettings {
  /** A snapshot is taken when this many entries were applied since the last one … */
  readonly afterEntries: number;
  /** … or entries with this many bytes of data. */
  readonly afterBytes: number;
  /**
   * The most entries kept behind the snapshot, so that a follower that is a little behind needs no snapshot. Together
   * they have at most `afterBytes`.
   */
  readonly trailingEntries: number;
}

export const COMPACTION_DEFAULTS: CompactionSettings = {
  afterEntries: 10_000, afterBytes: 16 * 1024 * 1024, trailingEntries: 1000,
};

/** How much longer than usual a log may grow for the sake of followers that are catching up. */
const PATIENCE = 4;

/** What was applied since the last snapshot. */
export interface AppliedSince {
  readonly entries: number;
  readonly bytes: number;
}

export function isSnapshotDue({ entries, bytes }: AppliedSince, settings: CompactionSettings): boolean {
  return entries >= settings.afterEntries || (entries > 0 && bytes >= settings.afterBytes);
}

export interface LogExtent {
  readonly firstIndex: Index;
  readonly bytes: number;
  /** The last entry before the `afterBytes` of entries that end at the snapshot. */
  readonly beforeTrailing: Index;
}

/**
 * The index up to which the log may be discarded once there is a snapshot at `snapshotIndex`.
 * @param neededIndex the last index that no follower still needs (see `indexNeeded`)
 */
export function discardableIndex(
  snapshotIndex: Index, neededIndex: Index, log: LogExtent, settings: CompactionSettings,
): Index {
  const usual = Math.max(snapshotIndex - settings.trailingEntries, log.beforeTrailing);
  const isTooLong = snapshotIndex - log.firstIndex >= PATIENCE * (settings.afterEntries + settings.trailingEntries)
    || log.bytes >= PATIENCE * settings.afterBytes;
  return Math.max(0, isTooLong ? usual : Math.min(usual, neededIndex));
}

/**
 * The last index that no follower still needs. A follower that is being sent a snapshot needs what comes after it, or
 * another snapshot would have to follow the first. Silent followers do not count.
 * @param progress of every member, on a leader; empty elsewhere
 */
export function indexNeeded(progress: readonly ProgressStatus[]): Index {
  const needed = progress.map(({ state, pendingSnapshot, silent, matchIndex }) => {
    if (state === 'snapshot') {
      return pendingSnapshot;
    }
    return silent ? Infinity : matchIndex;
  });
  return Math.min(Infinity, ...needed);
}
