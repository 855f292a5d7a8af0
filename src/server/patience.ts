/** How long a lab waits for its cluster, at each pace: the same for live labs and simulated ones. */
import type { Pace } from '../trace/events.ts';

/** For a client's command, and for an election that is under way: about two elections in a row. */
export const KV_TIMEOUT_MS: Readonly<Record<Pace, number>> = { fast: 2000, class: 8000, slow: 25_000 };
/** For a membership change to be complete; then the command is answered, and the change continues by itself. */
export const MEMBERSHIP_WITHIN_MS: Readonly<Record<Pace, number>> = { fast: 5000, class: 15_000, slow: 40_000 };
