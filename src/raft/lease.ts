/**
 * The leader's lease (dissertation §6.4.1), and what it rests on: promises of other servers not to vote. Whoever has
 * given one keeps it, whatever is switched on or off meanwhile, and the leader counts no server that gave none.
 */
import type { Core } from './core.ts';
import type { HeartbeatResponse } from './types.ts';

// ---- The promise of a follower --------------------------------------------------------------------------------------

/**
 * How long a promise lasts that is given at this server's pace. Not a whole election timeout, because ticks only count
 * whole: the first may come at once.
 */
function promiseMs(core: Core): number {
  return (core.electionTimeoutTicks - 1) * core.tickMs;
}

/**
 * Promises the leader, in the answer to its heartbeat, to vote for nobody for an election timeout, and not for itself.
 * @returns for how long; nothing where reads rest on no lease here, and no promise is given
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

/** Ticks get another length: a promise was given in time, and lasts as many of them as it takes. */
export function changeTickMs(core: Core, tickMs: number): void {
  if (isBoundByPromise(core)) {
    const wholeTicksLeft = core.promisedUntilTick - core.now - 1;
    core.promisedUntilTick = core.now + Math.ceil((wholeTicksLeft * core.tickMs) / tickMs) + 1;
  }
  core.tickMs = tickMs;
}

// ---- The lease of a leader ------------------------------------------------------------------------------------------

/**
 * What the lease keeps back of an election timeout: the tick that a promise may lack, and one more for clocks that
 * drift apart.
 */
const LEASE_MARGIN_TICKS = 2;

/**
 * For how many ticks no other server can be elected, if nobody answers any more; 0 without a lease. A majority has
 * answered a heartbeat that was sent at `leaseStartTick`, and promised to vote for nobody for an election timeout after
 * it.
 */
export function leaseEndsInTicks(core: Core): number {
  if (core.readOnly !== 'lease') {
    return 0;
  }
  const longest = core.electionTimeoutTicks - LEASE_MARGIN_TICKS;
  if (!core.settings.checkQuorum) {
    return longest; // only with the rule leaseNeedsCheckQuorum switched off: the lease that is none
  }
  const start = core.reads.leaseStartTick;
  if (start === undefined || core.leaseForfeited) {
    return 0;
  }
  return Math.max(0, longest - (core.now - start));
}

/** Whether a follower promises as much as this leader's lease needs; its pace may be another one. */
export function isPromiseEnough(core: Core, { promisedMs = 0 }: HeartbeatResponse): boolean {
  return promisedMs >= promiseMs(core);
}

/** Whether reads may be answered from the lease now. */
export function holdsLease(core: Core): boolean {
  return leaseEndsInTicks(core) > 0;
}

/** Begins a round for the lease, if this leader keeps one; its number travels with the next heartbeats. */
export function beginLeaseRound(core: Core): void {
  if (core.readOnly === 'lease') {
    core.reads.begin(core.now, 2 * core.electionTimeoutTicks);
    core.reads.answerSelf(core.id);
  }
}

/** Something that the lease was reckoned with has changed; only a round that is begun from now on gives another. */
export function forgetLease(core: Core): void {
  core.reads.forgetLease();
}
