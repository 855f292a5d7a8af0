/** The safety rules of Raft that can be switched off one at a time, to see what each is for. */

/**
 * Each rule is one condition at one place in this folder (search for `rules.NAME`). All are on by default. A cluster
 * that runs without one is unsafe: its owner marks it as unsafe wherever it is shown.
 */
export interface SafetyRules {
  /** A leader commits by counting replicas only entries of its own term (Raft §5.4.2, Figure 8). */
  readonly commitOnlyCurrentTerm: boolean;
  /** A vote is given only to a candidate whose log is at least as up-to-date (Raft §5.4.1). */
  readonly voteOnlyIfUpToDate: boolean;
  /** One vote a term, first come first served (Raft §5.2). */
  readonly voteOncePerTerm: boolean;
  /** A vote leaves only after it is on stable storage (Raft Figure 2; dissertation §3.8). */
  readonly persistVoteBeforeAnswer: boolean;
  /** Entries are acknowledged only after they are on stable storage (dissertation §3.8). */
  readonly persistEntriesBeforeAnswer: boolean;
  /** A majority decides (Raft §5.2, §5.3); without it half is enough. */
  readonly majorityQuorum: boolean;
  /**
   * matchIndex is what the follower's answer says it has compared (Raft §5.3, Figure 2). Without it the leader counts
   * the tail that it has sent and nobody has verified: nextIndex − 1, which is only its guess.
   */
  readonly matchOnlyVerifiedEntries: boolean;
  /** A read index is confirmed by a round of heartbeats to a majority (dissertation §6.4). */
  readonly readIndexNeedsRound: boolean;
  /** A read waits until the leader has committed an entry of its own term (dissertation §6.4). */
  readonly readNeedsOwnTermCommit: boolean;
  /** Lease reads only where followers refuse votes while they hear from the leader (dissertation §6.4.1). */
  readonly leaseNeedsCheckQuorum: boolean;
  /**
   * No membership change before an entry of the leader's own term is committed, and with it whatever change an earlier
   * leader left in the log (raft-dev, 2015: "bug in single-server membership changes").
   */
  readonly changeNeedsOwnTermEntry: boolean;
  /** One membership change at a time: the next waits until the previous one is applied (dissertation §4.1). */
  readonly oneChangeAtATime: boolean;
  /** Installing a snapshot discards a log that conflicts with it (Raft §7, Figure 13). */
  readonly snapshotDiscardsConflictingLog: boolean;
}

/** Raft as published. */
export const ALL_RULES: SafetyRules = Object.freeze({
  commitOnlyCurrentTerm: true,
  voteOnlyIfUpToDate: true,
  voteOncePerTerm: true,
  persistVoteBeforeAnswer: true,
  persistEntriesBeforeAnswer: true,
  majorityQuorum: true,
  matchOnlyVerifiedEntries: true,
  readIndexNeedsRound: true,
  readNeedsOwnTermCommit: true,
  leaseNeedsCheckQuorum: true,
  changeNeedsOwnTermEntry: true,
  oneChangeAtATime: true,
  snapshotDiscardsConflictingLog: true,
});

/** The name of a rule, as it is written in `rules`, in files and on command lines. */
export type RuleName = keyof SafetyRules;

// ALL_RULES has exactly the rules as its keys.
export const RULE_NAMES = Object.keys(ALL_RULES) as readonly RuleName[];

/** All rules but these. */
export function rulesWithout(rulesOff: readonly RuleName[]): Partial<SafetyRules> {
  return Object.fromEntries(rulesOff.map((rule) => [rule, false]));
}
