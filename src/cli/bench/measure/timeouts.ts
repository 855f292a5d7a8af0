/** The election timeouts with which measured times are compared. */
import { timesOf } from '../../../server/pace.ts';
import type { Pace } from '../../../trace/events.ts';

/** Timeouts are drawn between once and twice the minimum (Raft §5.2): at most 300 ms at fast pace. */
export function longestElectionTimeoutMs(pace: Pace): number {
  const { tickMs, electionTimeoutTicks } = timesOf(pace);
  return 2 * electionTimeoutTicks * tickMs;
}
