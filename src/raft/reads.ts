/** Linearizable reads without a log entry (dissertation §6.4): by ReadIndex, or by the leader's lease (lease.ts). */
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
  // A new leader has every committed entry, but does not know yet that they are committed: its commitIndex may lag
  // until an entry of its own term is committed.
  if (core.rules.readNeedsOwnTermCommit && !core.hasCommittedInTerm) {
    core.postponedReads.push(request);
    return true;
  }
  confirmRead(core, request);
  return true;
}

/** Continues with the reads that waited for the first commit of the term. */
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
  if ((core.lease.isHeld && !request.needsRound) || !core.rules.readIndexNeedsRound) {
    answerRead(core, request, readIndex, 'lease');
    return;
  }
  core.reads.add(request, readIndex, core.id);
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
