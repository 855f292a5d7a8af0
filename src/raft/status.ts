/** The state of a server, as plain data. */
import type { Core } from './core.ts';
import type { Configuration, Index, NodeId, ProgressStatus, Role, Term } from './types.ts';

export interface RaftStatus {
  readonly id: NodeId;
  readonly role: Role;
  readonly term: Term;
  readonly votedFor: NodeId;
  /** NONE when no leader is known. */
  readonly leader: NodeId;
  readonly commitIndex: Index;
  readonly lastApplied: Index;
  readonly firstIndex: Index;
  readonly lastIndex: Index;
  readonly lastTerm: Term;
  readonly configuration: Configuration;
  /** Of every member, on the leader; empty elsewhere. */
  readonly progress: readonly ProgressStatus[];
  /** The target of a leadership transfer in progress, or NONE. */
  readonly transferee: NodeId;
  readonly electionElapsedTicks: number;
  readonly randomizedElectionTimeoutTicks: number;
  readonly electionTimeoutTicks: number;
  readonly heartbeatTicks: number;
  /** Reads that wait for their round, or for the first commit of the term. */
  readonly pendingReads: number;
  /** Whether this leader may answer reads from its lease now. */
  readonly holdsLease: boolean;
  readonly uncommittedBytes: number;
  /** Events that were dropped because takeEvents was not called in time. */
  readonly droppedEvents: number;
  /** Safety rules that are switched off; empty in a cluster that is safe. */
  readonly rulesOff: readonly string[];
}

export function statusOf(core: Core): RaftStatus {
  const leads = core.role === 'leader';
  const { index: lastIndex, term: lastTerm } = core.log.lastEntryId();
  return {
    id: core.id,
    role: core.role,
    term: core.currentTerm,
    votedFor: core.votedFor,
    leader: core.leader,
    commitIndex: core.log.commitIndex,
    lastApplied: core.log.lastApplied,
    firstIndex: core.log.firstIndex(),
    lastIndex,
    lastTerm,
    configuration: core.configuration,
    progress: leads ? [...core.membership.progress.values()].map((progress) => progress.status()) : [],
    transferee: core.transferee,
    electionElapsedTicks: core.electionElapsedTicks,
    randomizedElectionTimeoutTicks: core.randomizedElectionTimeoutTicks,
    electionTimeoutTicks: core.electionTimeoutTicks,
    heartbeatTicks: core.heartbeatTicks,
    pendingReads: core.postponedReads.length + core.reads.waitingCount,
    holdsLease: leads && core.lease.isHeld,
    uncommittedBytes: core.uncommittedBytes,
    droppedEvents: core.events.droppedCount,
    rulesOff: Object.entries(core.rules)
      .filter(([, on]) => !on)
      .map(([name]) => name),
  };
}
