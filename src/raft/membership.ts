/**
 * The members of the cluster with the leader's progress for each, and how one membership becomes the next (dissertation
 * §4).
 */
import {
  type ConfigurationChange,
  entersJoint,
  isJoint,
  leavesJoint,
  type SingleChange,
  sortedIds,
} from './configuration.ts';
import { ConfigurationError } from './errors.ts';
import { type InflightLimits, Progress } from './progress.ts';
import type { Configuration, Index, NodeId } from './types.ts';

/** A configuration and a Progress for each of its members, in ascending order of id. */
export interface Membership {
  readonly configuration: Configuration;
  readonly progress: ReadonlyMap<NodeId, Progress>;
}

/** What a new member's Progress starts from. */
export interface NewMember {
  readonly lastIndex: Index;
  readonly limits: InflightLimits;
}

/**
 * A membership while it is being changed. The old one stays as it is until the draft has passed its checks, so that an
 * error leaves it unchanged.
 */
interface Draft {
  readonly voters: Set<NodeId>;
  readonly votersOutgoing: Set<NodeId>;
  readonly learners: Set<NodeId>;
  readonly learnersNext: Set<NodeId>;
  readonly progress: Map<NodeId, Progress>;
  autoLeave: boolean;
}

/**
 * The membership after `change`.
 * @throws {ConfigurationError} when the change does not fit the membership, which is then unchanged
 */
export function changeMembership(membership: Membership, change: ConfigurationChange, created: NewMember): Membership {
  if (leavesJoint(change)) {
    return leaveJoint(membership);
  }
  if (entersJoint(change)) {
    return enterJoint(membership, change.transition !== 'joint-explicit', change.changes, created);
  }
  return simpleChange(membership, change.changes, created);
}

/**
 * Changes at most one voter at once: any majority of the old voters then overlaps with any of the new (dissertation
 * §4.1).
 * @throws {ConfigurationError}
 */
export function simpleChange(
  membership: Membership,
  changes: readonly SingleChange[],
  created: NewMember,
): Membership {
  if (isJoint(membership.configuration)) {
    throw new ConfigurationError("can't apply simple config change in joint config");
  }
  const draft = draftOf(membership);
  applyChanges(draft, changes, created);
  if (differences(new Set(membership.configuration.voters), draft.voters) > 1) {
    throw new ConfigurationError('more than one voter changed without entering joint config');
  }
  return finished(draft);
}

/**
 * Enters joint consensus (dissertation §4.3): the current voters become the outgoing ones, and the changes apply to the
 * incoming ones; from now on both must agree.
 * @throws {ConfigurationError}
 */
export function enterJoint(
  membership: Membership,
  autoLeave: boolean,
  changes: readonly SingleChange[],
  created: NewMember,
): Membership {
  if (isJoint(membership.configuration)) {
    throw new ConfigurationError('config is already joint');
  }
  if (membership.configuration.voters.length === 0) {
    throw new ConfigurationError("can't make a zero-voter config joint");
  }
  const draft = draftOf(membership);
  for (const id of draft.voters) {
    draft.votersOutgoing.add(id);
  }
  applyChanges(draft, changes, created);
  draft.autoLeave = autoLeave;
  return finished(draft);
}

/**
 * Leaves joint consensus: the incoming voters decide alone, and the members in `learnersNext` become learners.
 * @throws {ConfigurationError}
 */
export function leaveJoint(membership: Membership): Membership {
  if (!isJoint(membership.configuration)) {
    throw new ConfigurationError("can't leave a non-joint config");
  }
  const draft = draftOf(membership);
  for (const id of draft.learnersNext) {
    draft.learners.add(id);
  }
  draft.learnersNext.clear();
  for (const id of draft.votersOutgoing) {
    if (!draft.voters.has(id) && !draft.learners.has(id)) {
      draft.progress.delete(id);
    }
  }
  draft.votersOutgoing.clear();
  draft.autoLeave = false;
  return finished(draft);
}

/**
 * The membership of a configuration as it is, with a new Progress for each member.
 * @throws {ConfigurationError} when the configuration contradicts itself
 */
export function membershipOf(configuration: Configuration, created: NewMember): Membership {
  const draft = draftOf({ configuration, progress: new Map() });
  const voters = [...configuration.voters, ...configuration.votersOutgoing, ...configuration.learnersNext];
  for (const id of voters) {
    addProgress(draft, id, created);
  }
  for (const id of configuration.learners) {
    addProgress(draft, id, created);
  }
  return finished(draft);
}

function draftOf({ configuration, progress }: Membership): Draft {
  return {
    voters: new Set(configuration.voters),
    votersOutgoing: new Set(configuration.votersOutgoing),
    learners: new Set(configuration.learners),
    learnersNext: new Set(configuration.learnersNext),
    progress: new Map(progress),
    autoLeave: configuration.autoLeave,
  };
}

function applyChanges(draft: Draft, changes: readonly SingleChange[], created: NewMember): void {
  for (const { type, id } of changes) {
    if (id === 0) {
      continue;
    }
    if (type === 'add-voter') {
      makeVoter(draft, id, created);
    } else if (type === 'add-learner') {
      makeLearner(draft, id, created);
    } else if (type === 'remove') {
      removeMember(draft, id);
    }
  }
  if (draft.voters.size === 0) {
    throw new ConfigurationError('removed all voters');
  }
}

function makeVoter(draft: Draft, id: NodeId, created: NewMember): void {
  addProgress(draft, id, created);
  draft.learners.delete(id);
  draft.learnersNext.delete(id);
  draft.voters.add(id);
}

function makeLearner(draft: Draft, id: NodeId, created: NewMember): void {
  if (draft.learners.has(id)) {
    return;
  }
  const progress = draft.progress.get(id);
  removeMember(draft, id);
  if (progress) {
    draft.progress.set(id, progress);
  } else {
    addProgress(draft, id, created);
  }
  // A member is never both voter and learner: one that still votes in the outgoing half waits until that half is left.
  if (draft.votersOutgoing.has(id)) {
    draft.learnersNext.add(id);
  } else {
    draft.learners.add(id);
  }
}

function removeMember(draft: Draft, id: NodeId): void {
  draft.voters.delete(id);
  draft.learners.delete(id);
  draft.learnersNext.delete(id);
  if (!draft.votersOutgoing.has(id)) {
    draft.progress.delete(id);
  }
}

function addProgress(draft: Draft, id: NodeId, { lastIndex, limits }: NewMember): void {
  if (draft.progress.has(id)) {
    return;
  }
  // Probing starts at the leader's last entry: the follower's answer says how far to back up.
  const progress = new Progress(id, Math.max(lastIndex, 1), false, limits);
  // Counted as heard from, so that the leader does not lose its quorum before the new member can answer.
  progress.recentActive = true;
  draft.progress.set(id, progress);
}

/** Checks the invariants of a configuration and makes the draft a membership. */
function finished(draft: Draft): Membership {
  for (const id of [...draft.voters, ...draft.votersOutgoing, ...draft.learners, ...draft.learnersNext]) {
    check(draft.progress.has(id), `no progress for ${id}`);
  }
  for (const id of draft.learnersNext) {
    check(draft.votersOutgoing.has(id), `${id} is to become a learner, but is not an outgoing voter`);
  }
  for (const id of draft.learners) {
    check(!draft.voters.has(id) && !draft.votersOutgoing.has(id), `${id} is voter and learner at once`);
  }
  if (draft.votersOutgoing.size === 0) {
    check(draft.learnersNext.size === 0, 'learners are waiting to become so, but the configuration is not joint');
    check(!draft.autoLeave, 'a configuration that is not joint cannot be left');
  }
  const progress = new Map(sortedIds(draft.progress.keys()).map((id) => [id, memberOf(draft, id)]));
  return {
    configuration: {
      voters: sortedIds(draft.voters),
      votersOutgoing: sortedIds(draft.votersOutgoing),
      learners: sortedIds(draft.learners),
      learnersNext: sortedIds(draft.learnersNext),
      autoLeave: draft.autoLeave,
    },
    progress,
  };
}

function memberOf(draft: Draft, id: NodeId): Progress {
  const progress = draft.progress.get(id);
  if (progress === undefined) {
    throw new ConfigurationError(`no progress for ${id}`);
  }
  progress.isLearner = draft.learners.has(id);
  return progress;
}

function check(condition: boolean, message: string): void {
  if (!condition) {
    throw new ConfigurationError(message);
  }
}

function differences(a: ReadonlySet<NodeId>, b: ReadonlySet<NodeId>): number {
  const onlyInA = [...a].filter((id) => !b.has(id));
  const onlyInB = [...b].filter((id) => !a.has(id));
  return onlyInA.length + onlyInB.length;
}
