/** What an explanation is made of: a chain of links from an effect back to what began it. */
import type { EventCause, TraceEvent } from '../../trace/events.ts';
import { wordsFor } from '../../trace/words.ts';

/** Longer chains end here: who wants to know more asks about the last link. */
export const LINKS_MAX = 14;

export interface WhyLink {
  /** What one can jump to; null where the event itself is not known. */
  readonly event: TraceEvent | null;
  /** A sentence with its values: `n2 refused its vote to n5: n5’s last entry is 3 of term 2, n2’s is 4 of term 2`. */
  readonly sentence: string;
  /** `§5.4.1`; null where the sentence needs none. */
  readonly section: string | null;
  /** Whether what joins it to the link before it was not recorded: it only fits. */
  readonly isInferred: boolean;
}

/** The first link is the effect, the last one what began it. */
export interface WhyChain {
  readonly title: string;
  readonly links: readonly WhyLink[];
}

export type EventOf<Type extends TraceEvent['type']> = Extract<TraceEvent, { readonly type: Type }>;

const SECTION = /§[\d.]*\d/;

/** A link in the words that the list of events has for it. */
export function linkTo(event: TraceEvent, isInferred = false): WhyLink {
  const { subject, sentence, detail } = wordsFor(event);
  return { event, sentence: `${subject} ${sentence}`, section: SECTION.exec(detail)?.[0] ?? null, isInferred };
}

export function sameCause(a: EventCause | undefined, b: EventCause | undefined): boolean {
  return a?.by === 'message' && b?.by === 'message' ? a.messageId === b.messageId
    : a?.by === 'request' && b?.by === 'request' ? a.requestId === b.requestId
      : a !== undefined && a.by === b?.by;
}
