/** What a simulated lab goes on to: so many steps of a kind, a time, or a condition. */
import type { StepUnit } from '../../contract/time.ts';
import { LabError } from '../../contract/errors.ts';
import { type Condition, ConditionProblem, parseCondition } from '../../trace/conditions.ts';
import { secondsText } from '../../trace/timeWords.ts';
import type { Micros } from '../schedule.ts';
import type { Run } from './run.ts';
import { KIND_BITS } from '../../history/stepKinds.ts';

/** What does not come within ten virtual minutes may never come. */
const PATIENCE_MICROS = 600_000_000;

export interface Goal {
  /** Not further than this. */
  readonly untilMicros: Micros;
  /** Why it is reached where the lab stands; null when it is not. */
  readonly reachedAtOnce: string | null;
  /** Why it is reached after the last step of a run, or null where that needs no reason; undefined: it is not. */
  reachedBy(run: Run): string | null | undefined;
  /** What to say when time has come to `untilMicros` before. */
  readonly missed: string | null;
}

/** To a moment in time. */
export function goalAfter(untilMicros: Micros): Goal {
  return { untilMicros, reachedAtOnce: null, reachedBy: () => undefined, missed: null };
}

/** To the next step of a kind, or the one `count` further. */
export function goalOfSteps(unit: StepUnit, count: number, nowMicros: Micros): Goal {
  let left = count;
  return {
    untilMicros: nowMicros + PATIENCE_MICROS,
    reachedAtOnce: null,
    reachedBy: ({ kinds }) => {
      if ((kinds & KIND_BITS[unit]) !== 0) left -= 1;
      return left === 0 ? null : undefined;
    },
    missed: `no ${unit} came within ${secondsText(PATIENCE_MICROS / 1000)}`,
  };
}

/**
 * Until a condition holds.
 * @throws {LabError} `invalid-argument` with the column where the condition cannot be understood
 */
export function goalOfCondition(text: string, run: Run, withinMicros: Micros = PATIENCE_MICROS): Goal {
  const condition = parsed(text);
  const { view } = run.lab.trace;
  return {
    untilMicros: run.atMicros + withinMicros,
    reachedAtOnce: condition.isMet(view, null) ? condition.text : null,
    reachedBy: ({ lab, lastEvents }) => (
      lastEvents.some((event) => condition.isMet(lab.trace.view, event)) ? condition.text : undefined
    ),
    missed: null,
  };
}

function parsed(text: string): Condition {
  try {
    return parseCondition(text);
  } catch (error) {
    if (error instanceof ConditionProblem) throw new LabError('invalid-argument', error.message);
    throw error;
  }
}
