/** Events that form one unit for a person: a partition or its end, with the links that it changed. */
import type { TraceEvent } from '../../trace/events.ts';

/** An event of the list, with those that belong to it. */
export type ListedEvent = TraceEvent & { readonly parts?: readonly TraceEvent[] };

/**
 * The event before, with the next one added as a part; null if the next one is separate. The lab records a partition
 * and its cut links in one call, so their times are equal and their numbers consecutive.
 */
export function withPart(before: ListedEvent | undefined, event: TraceEvent): ListedEvent | null {
  if (event.type !== 'linkChanged' || before === undefined) return null;
  if (before.type !== 'partitioned' && before.type !== 'healed') return null;
  const parts = before.parts ?? [];
  const isNext = before.atMs === event.atMs && event.seq === before.seq + parts.length + 1;
  return isNext ? { ...before, parts: [...parts, event] } : null;
}

/** Events in their order, with parts added to the events they belong to. */
export function foldParts(events: readonly TraceEvent[]): ListedEvent[] {
  const folded: ListedEvent[] = [];
  for (const event of events) {
    const whole = withPart(folded.at(-1), event);
    if (whole === null) folded.push(event);
    else folded[folded.length - 1] = whole;
  }
  return folded;
}

/** How many links an event changed, both directions of one counted once: `6 links`. Empty for other events. */
export function partsText({ parts = [] }: ListedEvent): string {
  const pairs = parts.flatMap((part) => (part.type === 'linkChanged' ? [[part.from, part.to].sort().join()] : []));
  const count = new Set(pairs).size;
  if (count === 0) return '';
  return count === 1 ? '1 link' : `${count} links`;
}
