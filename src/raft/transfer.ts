/**
 * Leadership transfer (dissertation §3.10): bring the target up to date, then tell it to stand for election at once.
 */
import type { Core } from './core.ts';
import type { Progress } from './progress.ts';
import { sendAppend } from './replication.ts';
import { abortTransfer } from './roles.ts';
import { send } from './send.ts';
import { NONE, type NodeId } from './types.ts';

/** Starts to hand the leadership over; while it lasts, proposals are refused. Ignored for learners and strangers. */
export function startTransfer(core: Core, transferee: NodeId): void {
  const progress = core.membership.progress.get(transferee);
  if (progress === undefined || progress.isLearner || core.transferee === transferee) {
    return;
  }
  abortTransfer(core);
  if (transferee === core.id) {
    return;
  }
  // It should take no longer than an election timeout; then it is given up.
  core.electionElapsedTicks = 0;
  core.transferee = transferee;
  core.emit({ type: 'leadershipTransferStarted', transferee });
  if (progress.matchIndex === core.log.lastIndex()) {
    sendTimeoutNow(core, transferee);
  } else {
    sendAppend(core, progress, true);
  }
}

/** Tells the target that its time has come. */
export function sendTimeoutNow(core: Core, to: NodeId): void {
  // From now on voters ignore this leader's lease whenever that message arrives, be it late.
  core.leaseForfeited = true;
  send(core, { type: 'TimeoutNow', from: core.id, to, term: core.currentTerm });
}

/**
 * The target is alive and in the old term still: a TimeoutNow that it was sent was lost, or came before it knew that it
 * is a voter. To repeat it is harmless: once the target stands for election, it is one of a term that is over.
 */
export function repeatTimeoutNow(core: Core, target: Progress): void {
  if (target.matchIndex === core.log.lastIndex()) {
    sendTimeoutNow(core, target.id);
  }
}

/** Gives the transfer up if its target can no longer lead. */
export function abortTransferToNonVoter(core: Core): void {
  const { voters, votersOutgoing } = core.configuration;
  if (core.transferee !== NONE && !voters.includes(core.transferee) && !votersOutgoing.includes(core.transferee)) {
    abortTransfer(core);
  }
}
