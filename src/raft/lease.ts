/**
 * The leader's lease (dissertation §6.4.1), and what it rests on: promises of other servers not to vote. A server keeps
 * its promise, whatever is switched on or off meanwhile. The leader counts only servers that have promised.
 */
import type { Core } from './core.ts';
import type { HeartbeatResponse } from './types.ts';

// ---- The promise of a follower --------------------------------------------------------------------------------------

/**
 * How long a promise given at this server's pace lasts. It is one tick less than an election timeout, because the first
 * tick may come at once.
 */
function promiseMs(core: Core): number {
  return (core.electionTimeoutTicks - 1) * core.tickMs;
}

/**
 * Promises the leader, in the answer to its heartbeat, to vote for nobody, not even itself, for an election timeout.
 * @returns for how long; nothing where lease reads or checkQuorum are off here, and no promise is given
 */
export function promiseNotToVote(core: Core): Pick<HeartbeatResponse, 'promisedMs'> {
  if (core.readOnly !== 'lease' || !core.settings.checkQuorum) {
    return {};
  }
  core.promisedUntilTick = Math.max(core.promisedUntilTick, core.now + core.electionTimeoutTicks);
  return { promisedMs: promiseMs(core) };
}

/** Whether a promise still keeps this server from voting. */
export function isBoundByPromise(core: Core): boolean {
  return core.now < core.promisedUntilTick;
}

/** The length of a tick changes. A promise was given as a time, so its remaining ticks are converted. */
export function changeTickMs(core: Core, tickMs: number): void {
  if (isBoundByPromise(core)) {
    const wholeTicksLeft = core.promisedUntilTick - core.now - 1;
    core.promisedUntilTick = core.now + Math.ceil((wholeTicksLeft * core.tickMs) / tickMs) + 1;
  }
  core.tickMs = tickMs;
}

// ---- The lease of a leader ------------------------------------------------------------------------------------------

/**
 * By how much the lease is shorter than an election timeout: one tick that a promise may lack, and one for clock drift.
 */
const LEASE_MARGIN_TICKS = 2;

/**
 * For how many ticks no other server can be elected, if nobody answers from now on; 0 without a lease. A majority has
 * answered a heartbeat that was sent at `leaseStartTick`, and promised to vote for nobody for an election timeout after
 * it.
 */
export function leaseEndsInTicks(core: Core): number {
  if (core.readOnly !== 'lease') {
    return 0;
  }
  const longest = core.electionTimeoutTicks - LEASE_MARGIN_TICKS;
  if (!core.settings.checkQuorum) {
    return longest; // only with the rule leaseNeedsCheckQuorum switched off: a lease without promises
  }
  const start = core.reads.leaseStartTick;
  if (start === undefined || core.leaseForfeited) {
    return 0;
  }
  return Math.max(0, longest - (core.now - start));
}

/** Whether a follower promises as much as this leader's lease needs; its pace may differ. */
export function isPromiseEnough(core: Core, { promisedMs = 0 }: HeartbeatResponse): boolean {
  return promisedMs >= promiseMs(core);
}

/** Whether reads may be answered from the lease now. */
export function holdsLease(core: Core): boolean {
  return leaseEndsInTicks(core) > 0;
}

/** Begins a round for the lease, if this leader keeps one; the next heartbeats carry its number. */
export function beginLeaseRound(core: Core): void {
  if (core.readOnly === 'lease') {
    core.reads.begin(core.now, 2 * core.electionTimeoutTicks);
    core.reads.answerSelf(core.id);
  }
}

/**
 * Ends the lease, because what it was calculated from has changed; only a round that begins from now on gives a new
 * one.
 */
export function forgetLease(core: Core): void {
  core.reads.forgetLease();
}
