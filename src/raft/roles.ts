/** The roles of a server and the steps from one to the next (Raft Figure 4). */
import { invariant } from './assert.ts';
import type { Core } from './core.ts';
import { appendAsLeader } from './ownLog.ts';
import { Progress } from './progress.ts';
import { ReadRounds } from './readRounds.ts';
import { NONE, type NodeId, type Role, type Term } from './types.ts';

/** Follows `leader` (NONE: nobody yet) in `term`. */
export function becomeFollower(core: Core, term: Term, leader: NodeId, reason: string): void {
  startTerm(core, term);
  enterRole(core, 'follower', leader, reason);
  resetElectionTimer(core);
}

/** Asks for pre-votes (dissertation §9.6): neither term nor vote change, so a failed attempt disturbs nobody. */
export function becomePreCandidate(core: Core): void {
  invariant(core.role !== 'leader', () => `leader ${core.id} would become a pre-candidate`);
  core.votes.clear();
  enterRole(core, 'pre-candidate', NONE, 'election timeout');
}

/** Stands for election in the next term, with its own vote (Raft §5.2). */
export function becomeCandidate(core: Core, reason: string): void {
  invariant(core.role !== 'leader', () => `leader ${core.id} would become a candidate`);
  startTerm(core, core.currentTerm + 1);
  core.votedFor = core.id;
  enterRole(core, 'candidate', NONE, reason);
  resetElectionTimer(core);
}

/** Leads the term that it was elected in. */
export function becomeLeader(core: Core): void {
  invariant(core.role === 'candidate', () => `${core.role} ${core.id} would become leader of term ${core.currentTerm}`);
  const granted = [...core.votes].filter(([, vote]) => vote).map(([id]) => id);
  startTerm(core, core.currentTerm);
  const own = core.membership.progress.get(core.id);
  invariant(own !== undefined, () => `server ${core.id} was elected without being a member`);
  own.becomeReplicate();
  own.recentActive = true;
  enterRole(core, 'leader', core.id, 'won the election', granted);
  core.lastIndexWhenElected = core.log.lastIndex();
  if (core.noOp) {
    appendNoOp(core);
  }
}

/** Appends an empty entry, with which a leader commits what came before its term (Raft §8, dissertation §6.4). */
export function appendNoOp(core: Core): void {
  const accepted = appendAsLeader(core, [{ type: 'no-op', data: new Uint8Array() }]);
  invariant(accepted, () => 'a no-op was refused by the limit of uncommitted bytes');
}

/** Enters `term` (or restarts the same one) and clears what was left from before. */
function startTerm(core: Core, term: Term): void {
  const previousTerm = core.currentTerm;
  invariant(term >= previousTerm, () => `term would go back from ${previousTerm} to ${term} (Raft §5.1)`);
  if (term !== previousTerm) {
    core.currentTerm = term;
    core.votedFor = NONE;
    core.emit({ type: 'termChanged', term, previousTerm });
    setLeader(core, NONE);
  }
  core.electionElapsedTicks = 0;
  core.heartbeatElapsedTicks = 0;
  abortTransfer(core);
  core.votes.clear();
  core.standsOnceApplied = false;
  resetProgress(core);
  core.pendingConfigurationIndex = 0;
  core.lastIndexWhenElected = 0;
  core.uncommittedBytes = 0;
  core.reads = new ReadRounds();
  core.postponedReads = [];
  core.lease.beginTerm();
}

/**
 * Forgets what another leader, or this one in an earlier term, knew of its followers (Raft Figure 2: reinitialized
 * after election).
 */
function resetProgress(core: Core): void {
  const { lastIndex, limits } = core.newMember();
  const progress = new Map<NodeId, Progress>();
  for (const [id, { isLearner }] of core.membership.progress) {
    progress.set(id, new Progress(id, lastIndex + 1, isLearner, limits));
  }
  const own = progress.get(core.id);
  if (own !== undefined) {
    own.matchIndex = lastIndex;
  }
  core.membership = { configuration: core.configuration, progress };
}

function enterRole(core: Core, role: Role, leader: NodeId, reason: string, votes: readonly NodeId[] = []): void {
  const previousRole = core.role;
  core.role = role;
  setLeader(core, leader);
  if (role !== previousRole) {
    const { currentTerm: term, voterCount } = core;
    core.emit({ type: 'roleChanged', role, previousRole, term, leader, votes, voterCount, reason });
  }
}

/** Notes who leads the current term. */
export function setLeader(core: Core, leader: NodeId): void {
  if (core.leader === leader) {
    return;
  }
  core.leader = leader;
  core.emit({ type: 'leaderChanged', leader, term: core.currentTerm });
}

/** Draws a new election timeout and waits for it from now on (Raft §5.2). */
function resetElectionTimer(core: Core): void {
  const timeoutTicks = core.settings.randomizedElectionTimeout(core.electionTimeoutTicks);
  invariant(
    Number.isInteger(timeoutTicks) && timeoutTicks > 0,
    () => `randomizedElectionTimeout(${core.electionTimeoutTicks}) returned ${timeoutTicks}, not a number of ticks`,
  );
  core.randomizedElectionTimeoutTicks = timeoutTicks;
  restartElectionTimer(core);
}

/** Waits for the whole election timeout again: a leader was heard from, or a vote was given. */
export function restartElectionTimer(core: Core): void {
  core.electionElapsedTicks = 0;
  core.emit({ type: 'electionTimerReset', timeoutTicks: core.randomizedElectionTimeoutTicks });
}

/** Gives up handing over the leadership. */
export function abortTransfer(core: Core): void {
  if (core.transferee !== NONE) {
    core.emit({ type: 'leadershipTransferAborted', transferee: core.transferee });
    core.transferee = NONE;
  }
}
