/**
 * Makes Ready: gathers what there is to persist, send and apply, in the order that is safe (Raft Figure 2; dissertation
 * §3.8, §10.2.1), and remembers what was handed out.
 */
import { invariant } from './assert.ts';
import type { Core } from './core.ts';
import { forThreads } from './scripted.ts';
import type {
  HardState, LocalMessage, Message, Ready, Snapshot, SoftState, StorageAppendResponse,
} from './types.ts';

export class ReadyMaker {
  readonly #core: Core;
  #softState: SoftState;
  #hardState: HardState;
  /** What this server tells itself when the last Ready is done: acknowledgements of its own log, its own vote. */
  #stepsOnAdvance: (Message | LocalMessage)[] = [];
  #awaitsAdvance = false;

  constructor(core: Core) {
    this.#core = core;
    this.#softState = softStateOf(core);
    this.#hardState = core.hardState;
  }

  hasReady(): boolean {
    const { log, outbox, outboxAfterPersist, readStates } = this.#core;
    return (
      outbox.length > 0 ||
      outboxAfterPersist.length > 0 ||
      log.unstable.hasNextEntries ||
      log.hasNextCommittedEntries(this.#appliesUnstable) ||
      readStates.length > 0 ||
      log.unstable.nextSnapshot() !== undefined ||
      !sameSoftState(this.#softState, softStateOf(this.#core)) ||
      !sameHardState(this.#hardState, this.#core.hardState)
    );
  }

  ready(): Ready {
    const core = this.#core;
    const { log } = core;
    invariant(!this.#awaitsAdvance, () => 'ready() was called again before advance()');
    const hardState = sameHardState(this.#hardState, core.hardState) ? undefined : core.hardState;
    const entries = log.unstable.nextEntries();
    const snapshot = log.unstable.nextSnapshot();
    const committedEntries = log.nextCommittedEntries(this.#appliesUnstable);
    const softState = softStateOf(core);
    const afterPersist = core.outboxAfterPersist;
    const ready: Ready = {
      softState: sameSoftState(this.#softState, softState) ? undefined : softState,
      hardState,
      entries,
      snapshot,
      messagesBeforePersist: core.outbox,
      messages: afterPersist.filter(({ to }) => to !== core.id),
      committedEntries,
      readStates: core.readStates,
      mustSync: entries.length > 0 || snapshot !== undefined || this.#termOrVoteChanged(),
    };
    const stored = this.#storedResponse(snapshot);

    core.outbox = [];
    core.outboxAfterPersist = [];
    core.readStates = [];
    log.unstable.markInProgress();
    log.acceptApplying(committedEntries, this.#appliesUnstable);
    this.#softState = softState;
    this.#hardState = core.hardState;

    if (core.scripted.asyncStorageWrites) {
      return forThreads(ready, afterPersist, stored);
    }
    this.#awaitsAdvance = true;
    const applied: LocalMessage[] =
      committedEntries.length > 0 ? [{ type: 'StorageApplyResponse', entries: committedEntries }] : [];
    this.#stepsOnAdvance = [...afterPersist.filter(({ to }) => to === core.id), ...stored, ...applied];
    return ready;
  }

  /** What this server tells itself now that the last Ready is done. */
  takeStepsOnAdvance(): (Message | LocalMessage)[] {
    const { asyncStorageWrites } = this.#core.scripted;
    invariant(!asyncStorageWrites, () => 'advance() has no place beside asynchronous storage writes');
    invariant(this.#awaitsAdvance, () => 'advance() was called without a ready() before it');
    this.#awaitsAdvance = false;
    const steps = this.#stepsOnAdvance;
    this.#stepsOnAdvance = [];
    return steps;
  }

  /**
   * Whether a Ready may hand out committed entries that it also persists. The owner persists before it applies, so that
   * is safe, except when writing and applying run side by side.
   */
  get #appliesUnstable(): boolean {
    return !this.#core.scripted.asyncStorageWrites;
  }

  #termOrVoteChanged(): boolean {
    const { currentTerm, votedFor } = this.#core.hardState;
    return currentTerm !== this.#hardState.currentTerm || votedFor !== this.#hardState.votedFor;
  }

  /**
   * What the storage reports when all of this is written. It names the last entry of the log rather than of this write:
   * an earlier write's response may have been ignored because the term had changed, and then this one covers it too.
   */
  #storedResponse(snapshot: Snapshot | undefined): StorageAppendResponse[] {
    const { log, currentTerm } = this.#core;
    const hasUnstable = log.unstable.length > 0;
    if (!hasUnstable && snapshot === undefined) {
      return [];
    }
    const last = hasUnstable ? log.lastEntryId() : { index: 0, term: 0 };
    return [
      { type: 'StorageAppendResponse', term: currentTerm, lastIndex: last.index, lastTerm: last.term, snapshot },
    ];
  }
}

function softStateOf(core: Core): SoftState {
  return { leader: core.leader, role: core.role };
}

function sameSoftState(a: SoftState, b: SoftState): boolean {
  return a.leader === b.leader && a.role === b.role;
}

function sameHardState(a: HardState, b: HardState): boolean {
  return a.currentTerm === b.currentTerm && a.votedFor === b.votedFor && a.commitIndex === b.commitIndex;
}
