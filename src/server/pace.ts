/** How long a tick is at each pace, and how many ticks heartbeats and election timeouts take. */
import type { RaftStatus } from '../raft/index.ts';
import type { Pace } from '../trace/events.ts';
import type { Random } from './random.ts';

/**
 * At most this many ticks are made up for after a pause or a busy time: lost time is not evidence of a lost leader.
 */
const LATE_TICKS_MAX = 3;

/** Time that has passed, as a server counts it. */
export interface PassedTicks {
  readonly dueTicks: number;
  /** Whether time has passed that is not among them, or it is not known how much has. */
  readonly isTimeLost: boolean;
}

/** What a server counts of the ticks that have passed. */
export function ticksToCount(passedTicks: number): PassedTicks {
  const dueTicks = Math.min(passedTicks, LATE_TICKS_MAX);
  return { dueTicks, isTimeLost: passedTicks > dueTicks };
}

export interface PaceTimes {
  readonly tickMs: number;
  readonly heartbeatTicks: number;
  /** The minimum; timeouts are drawn between once and twice this value (Raft §5.2). */
  readonly electionTimeoutTicks: number;
}

/**
 * Ticks are short compared with a heartbeat, so that randomised election timeouts fall on many different ticks. At
 * least two heartbeats may be lost before a follower's election timeout (Raft §5.6, §9.3).
 */
const PACES: Readonly<Record<Pace, PaceTimes>> = {
  fast: { tickMs: 10, heartbeatTicks: 5, electionTimeoutTicks: 15 }, // 50 ms; 150–300 ms
  class: { tickMs: 100, heartbeatTicks: 5, electionTimeoutTicks: 15 }, // 500 ms; 1.5–3 s
  slow: { tickMs: 200, heartbeatTicks: 10, electionTimeoutTicks: 25 }, // 2 s; 5–10 s
};

export function timesOf(pace: Pace): PaceTimes {
  return PACES[pace];
}

/** The minimum election timeout at a pace: how long a promise not to vote lasts at most (dissertation §6.4.1). */
export function electionTimeoutMsOf(pace: Pace): number {
  const { tickMs, electionTimeoutTicks } = timesOf(pace);
  return electionTimeoutTicks * tickMs;
}

/** Draws an election timeout: uniform between once and twice the minimum (Raft §5.2), in ticks. */
export function randomizedElectionTimeout(random: Random): (electionTimeoutTicks: number) => number {
  return (minimum) => minimum + Math.floor(random() * minimum);
}

/** How long a node's election timer still runs; undefined for a leader, which has none. */
export function remainingElectionTicks(status: RaftStatus): number | undefined {
  const { role, randomizedElectionTimeoutTicks, electionElapsedTicks } = status;
  return role === 'leader' ? undefined : Math.max(0, randomizedElectionTimeoutTicks - electionElapsedTicks);
}
