/** What a cluster does when a safety rule is switched off, in words. */
import type { RuleName } from '../raft/rules.ts';

const WITHOUT: Readonly<Record<RuleName, string>> = {
  commitOnlyCurrentTerm: 'leaders commit entries of earlier terms by counting replicas (Raft §5.4.2)',
  voteOnlyIfUpToDate: 'votes go to candidates whose log may lack committed entries (Raft §5.4.1)',
  voteOncePerTerm: 'servers vote more than once in a term (Raft §5.2)',
  persistVoteBeforeAnswer: 'votes are given before they are on disk (dissertation §3.8)',
  persistEntriesBeforeAnswer: 'entries are acknowledged before they are on disk (dissertation §3.8)',
  majorityQuorum: 'half of the servers decide, not a majority (Raft §5.1)',
  matchOnlyVerifiedEntries: 'followers report entries as matching that were not compared (Raft §5.3)',
  readIndexNeedsRound: 'reads are answered without asking a majority (dissertation §6.4)',
  readNeedsOwnTermCommit: 'new leaders answer reads before they know what is committed (dissertation §6.4)',
  leaseNeedsCheckQuorum: 'leases are held that followers do not honour (dissertation §6.4.1)',
  changeNeedsOwnTermEntry: 'membership changes begin before the leader’s own term is committed (dissertation §4.1)',
  oneChangeAtATime: 'membership changes overlap (dissertation §4.1)',
  snapshotDiscardsConflictingLog: 'snapshots leave conflicting entries behind them in the log (Raft §7)',
};

/** What happens without a rule; the rule's name if this version does not know it. */
export function withoutRule(rule: string): string {
  return Object.hasOwn(WITHOUT, rule) ? WITHOUT[rule as RuleName] : `${rule} is switched off`;
}
