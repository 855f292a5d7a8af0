/** The errors that a caller of the Raft core can meet, each with a reason to act on. */
import { InvariantViolation } from './assert.ts';
import type { Index } from './types.ts';

/** Why a proposal was not taken into the log. */
export type ProposalDropReason =
  /** No leader is known: ask again after an election. */
  | 'no-leader'
  /** The leader is handing over its leadership: ask again. */
  | 'transfer-in-progress'
  /** This leader is no longer a member of the cluster. */
  | 'removed'
  /** Too many bytes wait to be committed: slow down. */
  | 'uncommitted-limit';

const PROPOSAL_DROP_ADVICE: Record<ProposalDropReason, string> = {
  'no-leader': 'no leader is known: ask again after an election',
  'transfer-in-progress': 'leadership is being handed over: ask again',
  removed: 'this leader is no longer a member of the cluster: ask another node',
  'uncommitted-limit': 'too many bytes wait to be committed: slow down',
};

/** The proposal was not appended to the log, and never will be: it is safe to propose it again. */
export class ProposalDropped extends Error {
  override readonly name = 'ProposalDropped';
  readonly reason: ProposalDropReason;

  constructor(reason: ProposalDropReason) {
    super(`proposal dropped: ${PROPOSAL_DROP_ADVICE[reason]}`);
    this.reason = reason;
  }
}

/** A membership change that cannot be applied to the configuration, or a configuration that contradicts itself. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** The settings that a node was given cannot work. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings';
}

/**
 * An entry that this server had is known to be committed, but its log ends before it: stable storage went back to an
 * earlier state. A server that forgot what it acknowledged, and perhaps its vote, must not come back as itself (Raft
 * §5.1).
 */
export class LostLogError extends InvariantViolation {
  readonly committedIndex: Index;
  readonly lastIndex: Index;

  constructor(committedIndex: Index, lastIndex: Index) {
    super(`entry ${committedIndex} is committed, but the log of this node ends at ${lastIndex}: did it lose its log?`);
    this.committedIndex = committedIndex;
    this.lastIndex = lastIndex;
  }
}
