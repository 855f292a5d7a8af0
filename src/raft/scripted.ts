/**
 * For outside scripts alone: none of our servers sets anything of this, and who reads about Raft can leave it out. The
 * scripted tests of etcd's core expect another behaviour in some points (docs/decisions/0020); the rest of what they
 * expect is done around the core, in src/cli/oracle.
 */
import type {
  Entry, HardState, Message, Ready, Snapshot, StorageAppendResponse, StorageApplyResponse,
} from './types.ts';

/** How the core differs from itself for a script; all false elsewhere. */
export interface ScriptedBehaviour {
  /** A leader that is removed or demoted leads on (dissertation §4.2.2 has it step down). */
  readonly leadsAfterRemoval: boolean;
  /** Membership changes are not checked when they are proposed. */
  readonly proposesUncheckedChanges: boolean;
  /**
   * A new leader's first membership change waits until all entries of earlier terms are applied, but for no entry of
   * its own term; that is enough where a change takes effect when it is applied, as here.
   */
  readonly changesWaitForEarlierEntriesOnly: boolean;
  /** One TimeoutNow for a transfer: none is repeated, and none that came too early is followed later. */
  readonly asksOnceForTransfer: boolean;
  /**
   * Writes and applies are acknowledged by messages instead of `advance` (dissertation §10.2.1): hand the work of
   * a `ReadyForThreads` to its threads, each in order; when one is done, deliver its `responses`, to other nodes over
   * the network, to this one by `step`. Do not call `advance`.
   */
  readonly asyncStorageWrites: boolean;
}

/** The core as it is. */
export const UNSCRIPTED: ScriptedBehaviour = Object.freeze({
  leadsAfterRemoval: false,
  proposesUncheckedChanges: false,
  changesWaitForEarlierEntriesOnly: false,
  asksOnceForTransfer: false,
  asyncStorageWrites: false,
});

/**
 * A write to the log, when writes are asynchronous (dissertation §10.2.1). Writes are done in the order in which they
 * were handed out; when one is on stable storage, each of its responses is delivered: to another node, or stepped into
 * this one.
 */
export interface StorageAppend {
  readonly hardState: HardState | undefined;
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | undefined;
  readonly responses: readonly (Message | StorageAppendResponse)[];
}

/**
 * Entries to apply, when writes are asynchronous; in order, in parallel with the writes. The responses are stepped into
 * this node.
 */
export interface StorageApply {
  readonly entries: readonly Entry[];
  readonly responses: readonly StorageApplyResponse[];
}

/** A Ready with work for a node's storage threads. It repeats what the Ready says to persist and to apply. */
export interface ReadyForThreads extends Ready {
  readonly storageAppend: StorageAppend | undefined;
  readonly storageApply: StorageApply | undefined;
}

/** Whether a Ready has its work for storage threads: every one does with `asyncStorageWrites`. */
export function isForThreads(ready: Ready): ready is ReadyForThreads {
  return 'storageAppend' in ready;
}

/**
 * A Ready whose write and whose applying are done by threads.
 * @param afterPersist what may leave once it is written, to other nodes and to this one
 * @param stored what the node is told then; not worth a write of its own
 */
export function forThreads(
  ready: Ready,
  afterPersist: readonly Message[],
  stored: readonly StorageAppendResponse[],
): ReadyForThreads {
  const { hardState, entries, snapshot, committedEntries } = ready;
  const isNeeded = (hardState ?? snapshot ?? entries[0] ?? afterPersist[0]) !== undefined;
  const applied: StorageApplyResponse = { type: 'StorageApplyResponse', entries: committedEntries };
  return {
    ...ready,
    messages: [],
    storageAppend: isNeeded ? { hardState, entries, snapshot, responses: [...afterPersist, ...stored] } : undefined,
    storageApply: committedEntries.length > 0 ? { entries: committedEntries, responses: [applied] } : undefined,
  };
}
