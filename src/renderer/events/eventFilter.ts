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
   * Node numbers; null for all. An incarnation is filtered as its node. The lab's own events always pass: a partition
   * explains what happens on each node.
   */
  readonly nodes: ReadonlySet<number> | null;
  /** Words that must all be in the sentence, ignoring case; empty for none. */
  readonly text: string;
}

export const DEFAULT_FILTER: EventFilter = { importantOnly: false, kinds: DEFAULT_KINDS, nodes: null, text: '' };

/** An event in words, with the node's name in front: the text that the filter searches. */
export type EventText = (event: ListedEvent) => string;

/** Creates the test whether an event passes. It needs the text only if kind and node pass. */
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

/** Whether messages and timers, of which there are thousands, may pass. */
export function wantsRoutine({ kinds }: EventFilter): boolean {
  return ROUTINE_KINDS.some((kind) => kinds.has(kind));
}

/** Whether the filter is the list's initial one. */
export function isDefaultFilter(filter: EventFilter): boolean {
  return !filter.importantOnly
    && filter.nodes === null
    && filter.text.trim() === ''
    && filter.kinds.size === DEFAULT_KINDS.size
    && [...filter.kinds].every((kind) => DEFAULT_KINDS.has(kind));
}

/** The set with `item` added, or removed if it was there. */
export function toggled<Item>(set: ReadonlySet<Item>, item: Item): ReadonlySet<Item> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
}

/** The nodes shown after a click on `number`: the first click shows only it; removing the last one shows all. */
export function toggledNode(nodes: ReadonlySet<number> | null, number: number): ReadonlySet<number> | null {
  const next = toggled(nodes ?? new Set<number>(), number);
  return next.size === 0 ? null : next;
}
