/** How long a tick is at each pace; heartbeats and election timeouts are counted in ticks and are the same at all. */
import type { Pace } from '../trace/events.ts';
import type { Random } from './random.ts';

/** A fifth of a heartbeat, so that randomised election timeouts fall on fifteen different ticks. */
export const HEARTBEAT_TICKS = 5;
/**
 * Three heartbeats may be lost before a follower's patience ends: 150–300 ms at a heartbeat of 50 ms (Raft §5.6,
 * §9.3).
 */
export const ELECTION_TIMEOUT_TICKS = 15;

/** Milliseconds in a tick: heartbeats every 50 ms, 500 ms and 2 s. */
const TICK_MS: Readonly<Record<Pace, number>> = { fast: 10, class: 100, slow: 400 };

export function tickMsOf(pace: Pace): number {
  return TICK_MS[pace];
}

/** Draws an election timeout: uniform between once and twice the minimum (Raft §5.2), in ticks. */
export function randomizedElectionTimeout(random: Random): (electionTimeoutTicks: number) => number {
  return (minimum) => minimum + Math.floor(random() * minimum);
}
