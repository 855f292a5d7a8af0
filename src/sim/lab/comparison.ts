/** Where two branches of a simulated lab's time begin to differ. */
import type { BranchComparison } from '../../contract/time.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { kindOf } from '../../trace/kinds.ts';
import { wordsFor } from '../../trace/words.ts';
import type { Micros } from '../schedule.ts';
import type { Walker } from './walker.ts';

interface Seen {
  readonly step: number;
  readonly atMicros: Micros;
  readonly event: TraceEvent;
}

/** The events of a run from where it is to the end of its branch, without what happens all the time. */
function* eventsOf(walker: Walker): Generator<Seen | undefined, void> {
  while (walker.run.step < walker.branch.endStep && walker.takeStep(Infinity)) {
    const { step, atMicros, lastEvents } = walker.run;
    const telling = lastEvents.filter((event) => kindOf(event) !== 'heartbeats');
    if (telling.length === 0) yield undefined;
    for (const event of telling) yield { step, atMicros, event };
  }
}

/**
 * Compares two runs that stand where their branches part.
 * @yields between two pieces of its work
 */
export function* compareRuns(first: Walker, second: Walker): Generator<undefined, BranchComparison> {
  const [mine, theirs] = [eventsOf(first), eventsOf(second)];
  for (let commonEvents = 0; ; commonEvents += 1) {
    const a = yield* nextOf(mine);
    const b = yield* nextOf(theirs);
    if (a === undefined || b === undefined || !isSame(a, b)) {
      return { first: described(a), second: described(b), commonEvents };
    }
  }
}

function* nextOf(events: Generator<Seen | undefined, void>): Generator<undefined, Seen | undefined> {
  for (let next = events.next(); next.done !== true; next = events.next()) {
    if (next.value !== undefined) return next.value;
    yield;
  }
  return undefined;
}

/** The same event at the same time; numbers in the trace do not count. */
function isSame(a: Seen, b: Seen): boolean {
  return a.atMicros === b.atMicros && JSON.stringify({ ...a.event, seq: 0 }) === JSON.stringify({ ...b.event, seq: 0 });
}

function described(seen: Seen | undefined): BranchComparison['first'] {
  if (seen === undefined) return null;
  const { subject, sentence } = wordsFor(seen.event);
  return { step: seen.step, atMs: seen.atMicros / 1000, text: `${subject} ${sentence}` };
}
