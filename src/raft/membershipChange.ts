/** A membership change takes effect (dissertation §4): what follows from it, and how a joint configuration is left. */
import { invariant } from './assert.ts';
import { changeRefusal } from './changeAdmission.ts';
import { type ConfigurationChange, encodeConfigurationChange, LEAVE_JOINT } from './configuration.ts';
import type { Core } from './core.ts';
import { ProposalDropped } from './errors.ts';
import { changeMembership, type Membership } from './membership.ts';
import { proposeAsLeader } from './proposals.ts';
import { answerConfirmedReads } from './reads.ts';
import { advanceCommit, broadcastAppend, sendAppend } from './replication.ts';
import { becomeFollower } from './roles.ts';
import { abortTransferToNonVoter } from './transfer.ts';
import { NONE } from './types.ts';

/**
 * Lets a committed change take effect. Every server applies the same changes in the same order, so all reach the same
 * configuration.
 * @throws {ConfigurationError} when the change does not fit; the configuration then stays as it is, on every server
 */
export function applyChange(core: Core, change: ConfigurationChange): void {
  invariant(
    core.configuration.voters.length > 0,
    () =>
      `server ${core.id} replays a membership change on no configuration at all: it must start from the same first ` +
      'configuration as the others, or from a snapshot',
  );
  switchMembership(core, changeMembership(core.membership, change, core.newMember()));
}

/** Switches to another membership, and does what that requires of a leader. */
export function switchMembership(core: Core, membership: Membership): void {
  core.membership = membership;
  // The servers that promised may not be a majority of the new voters, or of the next ones.
  core.lease.forget();
  core.emit({ type: 'configurationChanged', configuration: membership.configuration });
  if (core.role !== 'leader') {
    return;
  }
  const own = membership.progress.get(core.id);
  if (own === undefined || own.isLearner) {
    // It leads a cluster that it is no longer part of, and does not count itself (dissertation §4.2.2).
    if (!core.scripted.leadsAfterRemoval) {
      becomeFollower(core, core.currentTerm, NONE, 'removed from the configuration');
    }
    return;
  }
  if (membership.configuration.voters.length === 0) {
    return;
  }
  if (advanceCommit(core)) {
    // Entries that were waiting may need fewer servers now.
    broadcastAppend(core);
  } else {
    // New members need not wait for a heartbeat.
    for (const progress of membership.progress.values()) {
      if (progress.id !== core.id) {
        sendAppend(core, progress, false);
      }
    }
  }
  abortTransferToNonVoter(core);
  // The same can hold for reads that wait for their round: nobody may be left to answer it.
  answerConfirmedReads(core);
}

/**
 * A leader leaves a joint configuration by itself, once the change that entered it is applied and nothing else is
 * pending.
 */
export function leaveJointAutomatically(core: Core): void {
  if (
    core.role !== 'leader' ||
    !core.configuration.autoLeave ||
    core.log.lastApplied < Math.max(core.pendingConfigurationIndex, core.lastIndexWhenElected) ||
    changeRefusal(core, LEAVE_JOINT) !== undefined
  ) {
    return;
  }
  try {
    proposeAsLeader(core, [{ type: 'configuration', data: encodeConfigurationChange(LEAVE_JOINT) }]);
  } catch (error) {
    // A transfer is in progress: the new leader leaves the joint configuration, or this one does when it applies its
    // next entry.
    if (!(error instanceof ProposalDropped)) {
      throw error;
    }
  }
}
