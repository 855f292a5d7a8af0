/**
 * Leadership transfer (dissertation §3.10): bring the target up to date, then tell it to stand for election at once.
 */
import type { Core } from './core.ts';
import type { Progress } from './progress.ts';
import { sendAppend } from './replication.ts';
import { abortTransfer } from './roles.ts';
import { send } from './send.ts';
import { NONE, type NodeId } from './types.ts';

/** Starts to hand the leadership over; while it lasts, proposals are refused. Ignored for learners and non-members. */
export function startTransfer(core: Core, transferee: NodeId): void {
  const progress = core.membership.progress.get(transferee);
  if (progress === undefined || progress.isLearner || core.transferee === transferee) {
    return;
  }
  abortTransfer(core);
  if (transferee === core.id) {
    return;
  }
  // The transfer is given up if it takes longer than an election timeout.
  core.electionElapsedTicks = 0;
  core.transferee = transferee;
  core.emit({ type: 'leadershipTransferStarted', transferee });
  if (progress.matchIndex === core.log.lastIndex()) {
    sendTimeoutNow(core, transferee);
  } else {
    sendAppend(core, progress, true);
  }
}

/** Tells the target to stand for election now. */
export function sendTimeoutNow(core: Core, to: NodeId): void {
  core.lease.forfeit();
  send(core, { type: 'TimeoutNow', from: core.id, to, term: core.currentTerm });
}

/**
 * The target is alive and still in the old term: the TimeoutNow was lost, or came before the target knew that it is a
 * voter. Repeating it is harmless: once the target stands for election, the message belongs to an old term.
 */
export function repeatTimeoutNow(core: Core, target: Progress): void {
  if (target.matchIndex === core.log.lastIndex()) {
    sendTimeoutNow(core, target.id);
  }
}

/** Gives up the transfer if its target can no longer lead. */
export function abortTransferToNonVoter(core: Core): void {
  const { voters, votersOutgoing } = core.configuration;
  if (core.transferee !== NONE && !voters.includes(core.transferee) && !votersOutgoing.includes(core.transferee)) {
    abortTransfer(core);
  }
}
