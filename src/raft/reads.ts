/** Linearizable reads without a log entry (dissertation §6.4): ReadIndex, and the leader's lease (§6.4.1). */
import { invariant } from './assert.ts';
import type { Core } from './core.ts';
import { broadcastHeartbeat } from './heartbeats.ts';
import { send } from './send.ts';
import { NONE, type Index, type ReadConfirmation, type ReadIndex } from './types.ts';

/**
 * Takes a read, this server's own or a follower's: answers it, or lets it wait for what it needs.
 * @returns false when it was not taken: too many wait already
 */
export function handleReadIndex(core: Core, request: ReadIndex): boolean {
  if (core.postponedReads.length + core.reads.waitingCount >= core.settings.maxPendingReads) {
    return false;
  }
  // A new leader knows everything that was committed, but not yet that it was: its commitIndex may lag until an entry
  // of its own term is committed.
  if (core.rules.readNeedsOwnTermCommit && !core.hasCommittedInTerm) {
    core.postponedReads.push(request);
    return true;
  }
  confirmRead(core, request);
  return true;
}

/** The first commit of the term lets the reads go on that waited for it. */
export function releasePostponedReads(core: Core): void {
  if (core.postponedReads.length === 0 || !core.hasCommittedInTerm) {
    return;
  }
  const requests = core.postponedReads;
  core.postponedReads = [];
  for (const request of requests) {
    confirmRead(core, request);
  }
}

/** Answers at once where nobody else could lead; begins a round of heartbeats otherwise. */
function confirmRead(core: Core, request: ReadIndex): void {
  const readIndex = core.log.commitIndex;
  if (isOnlyVoter(core)) {
    answerRead(core, request, readIndex, 'sole-voter');
    return;
  }
  if ((holdsLease(core) && !request.needsRound) || !core.rules.readIndexNeedsRound) {
    answerRead(core, request, readIndex, 'lease');
    return;
  }
  core.reads.add(request, readIndex);
  core.reads.answerSelf(core.id);
  broadcastHeartbeat(core);
}

/** Answers the reads whose rounds a quorum has answered by now. */
export function answerConfirmedReads(core: Core): void {
  for (const { request, readIndex } of core.reads.takeConfirmed(core.configuration, core.quorumSize)) {
    answerRead(core, request, readIndex, 'round');
  }
}

function answerRead(core: Core, request: ReadIndex, readIndex: Index, confirmedBy: ReadConfirmation): void {
  const { context } = request;
  const { commitIndex } = core.log;
  core.readCounts[confirmedBy]++;
  invariant(readIndex <= commitIndex, () => `read index ${readIndex} is above commitIndex ${commitIndex}`);
  if (request.from === core.id || request.from === NONE) {
    core.readStates.push({ readIndex, context, confirmedBy });
  } else {
    send(core, {
      type: 'ReadIndexResponse',
      from: core.id,
      to: request.from,
      term: core.currentTerm,
      readIndex,
      context,
      confirmedBy,
    });
  }
}

function isOnlyVoter(core: Core): boolean {
  const { voters, votersOutgoing } = core.configuration;
  return voters.length === 1 && voters[0] === core.id && votersOutgoing.length === 0;
}

/**
 * What the lease keeps back of an election timeout. One tick because ticks only count whole: a follower that promises
 * to refuse votes for n ticks may have the first of them at once, and so keeps the promise for n − 1. One more for
 * clocks that drift apart.
 */
const LEASE_MARGIN_TICKS = 2;

/**
 * For how many ticks no other server can be elected, if nobody answers any more (dissertation §6.4.1); 0 without a
 * lease. A majority has answered a heartbeat that was sent at `leaseStartTick`, and refuses to vote for an election
 * timeout after it.
 */
export function leaseEndsInTicks(core: Core): number {
  if (core.readOnly !== 'lease') {
    return 0;
  }
  const longest = core.electionTimeoutTicks - LEASE_MARGIN_TICKS;
  if (!core.settings.checkQuorum) {
    return longest; // only with the rule leaseNeedsCheckQuorum switched off: the lease that is none
  }
  const start = core.reads.leaseStartTick;
  if (start === undefined || core.leaseForfeited || core.now < core.noLeaseUntilTick) {
    return 0;
  }
  return Math.max(0, longest - (core.now - start));
}

/** Whether reads may be answered from the lease now. */
export function holdsLease(core: Core): boolean {
  return leaseEndsInTicks(core) > 0;
}

/** Begins a round for the lease, if this leader keeps one; its number travels with the next heartbeats. */
export function beginLeaseRound(core: Core): void {
  if (core.readOnly === 'lease') {
    core.reads.begin(core.now, 2 * core.electionTimeoutTicks);
    core.reads.answerSelf(core.id);
  }
}
