/** The moments of a finding in a simulated lab: where it showed, and the event that first made the contradiction. */
import type { TapeEvent } from '../../contract/time.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { SafetyViolationView } from '../../trace/view.ts';
import { wordsFor } from '../../trace/words.ts';

export interface FindingMoments {
  /** The step at which the check saw it; null if the tape does not tell. */
  readonly shownStep: number | null;
  /** The event without which there would be no contradiction; null if it is the one that showed it, or not known. */
  readonly origin: { readonly step: number; readonly atMs: number; readonly text: string } | null;
}

/** Whether an event decided what the finding is about: the entry at its index, or the leader of its term. */
function decides(event: TraceEvent, { index, term }: SafetyViolationView): boolean {
  if (index !== null) {
    if (event.type === 'commitAdvanced') return event.previousCommitIndex < index && event.commitIndex >= index;
    return event.type === 'applied' && event.index === index;
  }
  return event.type === 'roleChanged' && event.role === 'leader' && event.term === term;
}

export function momentsOf(found: SafetyViolationView, tape: readonly TapeEvent[]): FindingMoments {
  const shown = tape.find(({ event }) => event.type === 'safetyViolated'
    && event.check === found.check && event.seenAtSeq === found.seenAtSeq)
    ?? tape.find(({ event }) => event.seq === found.seenAtSeq);
  const first = tape.find(({ event }) => event.seq < found.seenAtSeq && decides(event, found));
  const isEarlier = first !== undefined && first.step !== shown?.step;
  if (!isEarlier) return { shownStep: shown?.step ?? null, origin: null };
  const { subject, sentence } = wordsFor(first.event);
  const origin = { step: first.step, atMs: first.event.atMs, text: `${subject} ${sentence}` };
  return { shownStep: shown?.step ?? null, origin };
}
