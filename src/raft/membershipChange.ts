/**
 * Membership changes in the log (dissertation §4): when one may be proposed, and what happens when one takes effect.
 */
import { invariant } from './assert.ts';
import {
  type ConfigurationChange,
  decodeConfigurationChange,
  isJoint,
  LEAVE_JOINT,
  leavesJoint,
  encodeConfigurationChange,
} from './configuration.ts';
import type { Core } from './core.ts';
import { ConfigurationError, ProposalDropped } from './errors.ts';
import { forgetLease } from './lease.ts';
import { changeMembership, type Membership } from './membership.ts';
import { proposeAsLeader } from './proposals.ts';
import { advanceCommit, broadcastAppend, type NewEntry, sendAppend } from './replication.ts';
import { answerConfirmedReads } from './reads.ts';
import { becomeFollower } from './roles.ts';
import { abortTransferToNonVoter } from './transfer.ts';
import { NONE } from './types.ts';

/**
 * Why the leader will not propose this change now; undefined when it may.
 *
 * Best effort: a change takes effect on each server when it is applied there, and the leader cannot know which
 * configuration it will then apply to. With one change at a time, that is the present one.
 */
export function changeRefusal(core: Core, change: ConfigurationChange): string | undefined {
  if (!core.settings.validateConfigurationChanges) {
    return undefined;
  }
  const { pendingConfigurationIndex: pending, log } = core;
  if (core.rules.changeNeedsOwnTermEntry && !earlierTermsAreSettled(core)) {
    return `no entry of term ${core.currentTerm} is committed yet`;
  }
  if (core.rules.oneChangeAtATime && pending > log.lastApplied) {
    return `an earlier change, at index ${pending}, is not applied yet (lastApplied ${log.lastApplied})`;
  }
  if (isJoint(core.configuration) && !leavesJoint(change)) {
    return 'the joint configuration must be left first';
  }
  if (!isJoint(core.configuration) && change.changes.length === 0) {
    return 'there is no joint configuration to leave';
  }
  return misfitOf(core, change);
}

/** Whether every change of an earlier leader in the log is settled. */
function earlierTermsAreSettled(core: Core): boolean {
  const applied = core.log.lastApplied >= core.lastIndexWhenElected;
  return applied && (core.settings.changesWaitFor === 'earlier-entries' || core.hasCommittedInTerm);
}

function misfitOf(core: Core, change: ConfigurationChange): string | undefined {
  try {
    // On a copy: this Progress belongs to the running configuration.
    const { configuration, progress } = core.membership;
    const copies = new Map([...progress].map(([id, { isLearner }]) => [id, core.newProgress(id, isLearner)]));
    changeMembership({ configuration, progress: copies }, change, core.newMember());
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) {
      return error.message;
    }
    throw error;
  }
}

/**
 * The entry to append for a proposed configuration entry: itself, or a no-op in its place when the change is refused,
 * so that the proposer sees the log advance without it.
 * @param index the index that the entry will have
 */
export function admitChange(core: Core, entry: NewEntry, index: number): NewEntry {
  let reason: string | undefined;
  try {
    reason = changeRefusal(core, decodeConfigurationChange(entry.data));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) {
      throw error;
    }
    reason = error.message;
  }
  if (reason !== undefined) {
    core.emit({ type: 'configurationChangeRefused', reason });
    return { type: 'no-op', data: new Uint8Array() };
  }
  core.pendingConfigurationIndex = index;
  return entry;
}

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
  forgetLease(core);
  core.emit({ type: 'configurationChanged', configuration: membership.configuration });
  if (core.role !== 'leader') {
    return;
  }
  const own = membership.progress.get(core.id);
  if (own === undefined || own.isLearner) {
    // It leads a cluster that it is no longer part of, and does not count itself (dissertation §4.2.2).
    if (core.settings.stepDownOnRemoval) {
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
