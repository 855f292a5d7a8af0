/** What a leader knows of one follower, and how it sends to it: probe, replicate or snapshot. */
import { invariant } from './assert.ts';
import { Inflights } from './inflights.ts';
import type { Index, NodeId, ProgressState, ProgressStatus } from './types.ts';

/** The limits of the window of messages in flight to one follower. */
export interface InflightLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/**
 * One follower as its leader sees it (Raft Figure 2, "Volatile state on leaders", and more).
 *
 * - `probe`: it is not known where the logs match. One message is sent, then none until it or a heartbeat is answered.
 * - `replicate`: messages are pipelined; nextIndex runs ahead of the answers, within the inflight window.
 * - `snapshot`: the entries that the follower needs are compacted away; it is sent a snapshot, and no entries
 *   meanwhile.
 *
 * Invariant: 0 <= matchIndex < nextIndex.
 */
export class Progress {
  readonly id: NodeId;
  /** Highest index known to be equal to the leader's. Never decreases within a term. */
  matchIndex: Index = 0;
  /** The next index to send. Those between matchIndex and nextIndex are in flight. */
  nextIndex: Index;
  state: ProgressState = 'probe';
  isLearner: boolean;
  /** Heard from since the last check of the quorum. */
  recentActive = false;
  /** Heard from between the two previous checks. A new follower has the benefit of the doubt. */
  #activeBefore = true;
  /** In `snapshot`: the last index that the snapshot covers. 0 otherwise. */
  pendingSnapshot: Index = 0;
  readonly inflights: Inflights;

  /** No AppendEntries until an answer of any kind comes: a probe is unanswered, or the window is full. */
  #flowPaused = false;
  /** The highest commit index that is on its way to the follower. */
  #sentCommit: Index = 0;

  constructor(id: NodeId, nextIndex: Index, isLearner: boolean, limits: InflightLimits) {
    invariant(nextIndex > 0, () => `nextIndex ${nextIndex} of server ${id} must be at least 1`);
    this.id = id;
    this.nextIndex = nextIndex;
    this.isLearner = isLearner;
    this.inflights = new Inflights(limits.maxMessages, limits.maxBytes);
  }

  /** Whether AppendEntries to this follower are held back. */
  get paused(): boolean {
    return this.state === 'snapshot' || this.#flowPaused;
  }

  /** Not heard from for at least the whole time between two checks of the quorum: an election timeout. */
  get silent(): boolean {
    return !this.recentActive && !this.#activeBefore;
  }

  /** The quorum was checked: from now on answers count for the next check. */
  beginQuorumPeriod(): void {
    this.#activeBefore = this.recentActive;
    this.recentActive = false;
  }

  /** Looks for the match again: after a rejection, an unreachable follower, or a snapshot. */
  becomeProbe(): void {
    // A snapshot that was delivered is the best guess for the match, even while its acknowledgement is missing.
    const assumedMatch = this.state === 'snapshot' ? Math.max(this.matchIndex, this.pendingSnapshot) : this.matchIndex;
    this.#resetState('probe');
    this.nextIndex = assumedMatch + 1;
    this.#sentCommit = Math.min(this.#sentCommit, this.nextIndex - 1);
  }

  becomeReplicate(): void {
    this.#resetState('replicate');
    this.nextIndex = this.matchIndex + 1;
  }

  /** @param snapshotIndex the last index that the snapshot covers */
  becomeSnapshot(snapshotIndex: Index): void {
    this.#resetState('snapshot');
    this.pendingSnapshot = snapshotIndex;
    this.nextIndex = Math.max(snapshotIndex, this.matchIndex) + 1;
    this.#sentCommit = snapshotIndex;
  }

  #resetState(state: ProgressState): void {
    this.#flowPaused = false;
    this.pendingSnapshot = 0;
    this.state = state;
    this.inflights.reset();
  }

  /** Notes that AppendEntries with `entryCount` entries from nextIndex on was sent. */
  sentEntries(entryCount: number, bytes: number): void {
    invariant(this.state !== 'snapshot', () => `AppendEntries to server ${this.id}, which is being sent a snapshot`);
    if (this.state === 'probe') {
      // An empty probe does not pause: it costs little, and its answer restores replication.
      this.#flowPaused ||= entryCount > 0;
      return;
    }
    if (entryCount > 0) {
      this.nextIndex += entryCount;
      this.inflights.add(this.nextIndex - 1, bytes);
    }
    this.#flowPaused = this.inflights.full;
  }

  /** Notes that `commitIndex` was sent, in AppendEntries or a heartbeat, which may carry less than is on its way. */
  sentCommit(commitIndex: Index): void {
    this.#sentCommit = Math.max(this.#sentCommit, commitIndex);
  }

  /** Whether sending `commitIndex` could let the follower commit more than what is already on its way to it. */
  canAdvanceCommit(commitIndex: Index): boolean {
    return commitIndex > this.#sentCommit && this.#sentCommit < this.nextIndex - 1;
  }

  /** An answer to a heartbeat: the follower is alive, so another probe is worth sending. */
  resumeFlow(): void {
    this.#flowPaused = false;
  }

  pauseFlow(): void {
    this.#flowPaused = true;
  }

  /**
   * The follower acknowledged everything up to `index`.
   * @returns false for a late or repeated acknowledgement, which changes nothing: matchIndex never goes back
   */
  acknowledged(index: Index): boolean {
    if (index <= this.matchIndex) {
      return false;
    }
    this.matchIndex = index;
    this.nextIndex = Math.max(this.nextIndex, index + 1);
    this.#flowPaused = false;
    return true;
  }

  /**
   * The follower rejected AppendEntries at `rejectedIndex` and hints that its log may match up to `hintIndex`.
   * @returns false for a late rejection of something that is already settled
   */
  rejected(rejectedIndex: Index, hintIndex: Index): boolean {
    if (this.state === 'replicate') {
      if (rejectedIndex <= this.matchIndex) {
        return false;
      }
      this.nextIndex = this.matchIndex + 1;
      this.#sentCommit = Math.min(this.#sentCommit, this.nextIndex - 1);
      return true;
    }
    // A probe is always sent at nextIndex - 1: any other rejection answers an older one.
    if (rejectedIndex !== this.nextIndex - 1) {
      return false;
    }
    this.nextIndex = Math.max(Math.min(rejectedIndex, hintIndex + 1), this.matchIndex + 1);
    this.#sentCommit = Math.min(this.#sentCommit, this.nextIndex - 1);
    this.#flowPaused = false;
    return true;
  }

  status(): ProgressStatus {
    return {
      id: this.id,
      state: this.state,
      matchIndex: this.matchIndex,
      nextIndex: this.nextIndex,
      isLearner: this.isLearner,
      recentActive: this.recentActive,
      silent: this.silent,
      inflightMessages: this.inflights.count,
      inflightFull: this.inflights.full,
      pendingSnapshot: this.pendingSnapshot,
      paused: this.paused,
    };
  }
}
