/** The safety checks that watch a lab while it runs. */
import type { LabEvent, TraceEvent } from '../events.ts';
import type { Check } from './check.ts';
import { ElectionSafety } from './electionSafety.ts';
import { LeaderAppendOnly } from './leaderAppendOnly.ts';
import { MonotonicCommit } from './monotonicCommit.ts';
import { MonotonicTerm } from './monotonicTerm.ts';
import { StateMachineSafety } from './stateMachineSafety.ts';

/** What a check found, as the event to put into the trace behind the one that showed it. */
export type SafetyViolated = LabEvent & { readonly type: 'safetyViolated' };

/** All checks over one trace. They take it from its beginning, or from where a lab was opened. */
export class SafetyChecks {
  readonly #checks: readonly Check[] = [
    new ElectionSafety(),
    new LeaderAppendOnly(),
    new StateMachineSafety(),
    new MonotonicCommit(),
    new MonotonicTerm(),
  ];

  /** Takes note of an event, in the order of the trace; almost always finds nothing. Never throws. */
  observe(event: TraceEvent): readonly SafetyViolated[] {
    const violated: SafetyViolated[] = [];
    for (const check of this.#checks) {
      const { name, section } = check;
      const message = check.observe(event);
      if (message === null) continue;
      violated.push({ type: 'safetyViolated', check: name, section, message, seenAtSeq: event.seq });
    }
    return violated;
  }
}
