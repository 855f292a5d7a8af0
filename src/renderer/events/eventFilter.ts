/** Which events the list shows: by kind, by node and by text. */
import { isImportant, kindOf } from '../../trace/kinds.ts';
import type { EventKind } from '../../trace/kinds.ts';
import { nodeNumberOf } from '../../trace/names.ts';
import { DEFAULT_KINDS, ROUTINE_KINDS } from './eventKinds.ts';
import type { ListedEvent } from './eventParts.ts';

export interface EventFilter {
  /** Only what changes the course of things. */
  readonly importantOnly: boolean;
  readonly kinds: ReadonlySet<EventKind>;
  /**
   * Node numbers; null for all. An incarnation is filtered as its node. The lab's own events pass whatever the nodes: a
   * partition explains what happens on each of them.
   */
  readonly nodes: ReadonlySet<number> | null;
  /** Words that must all be in the sentence, without regard to case; empty for none. */
  readonly text: string;
}

export const DEFAULT_FILTER: EventFilter = { importantOnly: false, kinds: DEFAULT_KINDS, nodes: null, text: '' };

/** Says an event in words, with the node's name in front: what the text filter looks into. */
export type EventText = (event: ListedEvent) => string;

/** Makes the test whether an event passes. The text is asked for only when kind and node already pass. */
export function filterTest(filter: EventFilter, textOf: EventText): (event: ListedEvent) => boolean {
  const { importantOnly, kinds, nodes } = filter;
  const words = filter.text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return (event) => {
    if (!kinds.has(kindOf(event)) || (importantOnly && !isImportant(event))) return false;
    if (nodes !== null && event.node !== 0 && !nodes.has(nodeNumberOf(event.node))) return false;
    if (words.length === 0) return true;
    const text = textOf(event).toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

/** Whether messages and timers may pass, which come by the thousand. */
export function wantsRoutine({ kinds }: EventFilter): boolean {
  return ROUTINE_KINDS.some((kind) => kinds.has(kind));
}

/** Whether the filter is the one that the list begins with. */
export function isDefaultFilter(filter: EventFilter): boolean {
  return !filter.importantOnly
    && filter.nodes === null
    && filter.text.trim() === ''
    && filter.kinds.size === DEFAULT_KINDS.size
    && [...filter.kinds].every((kind) => DEFAULT_KINDS.has(kind));
}

/** The set with `item` put in, or taken out when it was there. */
export function toggled<Item>(set: ReadonlySet<Item>, item: Item): ReadonlySet<Item> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
}

/** The nodes shown after a click on `number`: the first click singles it out, and taking the last one out shows all. */
export function toggledNode(nodes: ReadonlySet<number> | null, number: number): ReadonlySet<number> | null {
  const next = toggled(nodes ?? new Set<number>(), number);
  return next.size === 0 ? null : next;
}
