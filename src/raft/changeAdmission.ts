/** Which membership changes a leader takes into its log (dissertation §4), and what it refuses. */
import { type ConfigurationChange, decodeConfigurationChange, isJoint, leavesJoint } from './configuration.ts';
import type { Core } from './core.ts';
import { ConfigurationError } from './errors.ts';
import { changeMembership } from './membership.ts';
import type { NewEntry } from './ownLog.ts';

/**
 * Why the leader will not propose this change now; undefined when it may.
 *
 * Best effort: a change takes effect on each server when it is applied there, and the leader cannot know which
 * configuration it will then apply to. With one change at a time, that is the present one.
 */
export function changeRefusal(core: Core, change: ConfigurationChange): string | undefined {
  if (core.scripted.proposesUncheckedChanges) {
    return undefined;
  }
  const { pendingConfigurationIndex: pending, log } = core;
  if (core.rules.changeNeedsOwnTermEntry && !earlierTermsAreSettled(core)) {
    const how = core.awaitsFirstProposal ? ', and without no-ops the first write of the term must commit it' : '';
    return `no entry of term ${core.currentTerm} is committed yet${how}`;
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
  return applied && (core.hasCommittedInTerm || core.scripted.changesWaitForEarlierEntriesOnly);
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
