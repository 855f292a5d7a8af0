/** The speed of each pace. */
import type { Pace } from '../../../trace/events.ts';

interface PaceTimes {
  readonly heartbeatMs: number;
  readonly electionMinMs: number;
  readonly electionMaxMs: number;
}

export const PACES: Readonly<Record<Pace, PaceTimes>> = {
  fast: { heartbeatMs: 50, electionMinMs: 150, electionMaxMs: 300 },
  class: { heartbeatMs: 500, electionMinMs: 1500, electionMaxMs: 3000 },
  slow: { heartbeatMs: 2000, electionMinMs: 5000, electionMaxMs: 10_000 },
};
