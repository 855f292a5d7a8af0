/** The events before a moment, as an explanation looks through them: from the latest back. */
import type { Index, NodeId, Term } from '../../raft/types.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { EventOf } from './whyChain.ts';

/** Where an entry stands: no two have both in common, unless they are the same (Raft §5.3). */
export interface EntryName {
  readonly index: Index;
  readonly term: Term;
}

export class Past {
  readonly #events: readonly TraceEvent[];

  /** @param events oldest first; a gap in them is what makes a link inferred */
  constructor(events: readonly TraceEvent[]) {
    this.#events = events;
  }

  /** The latest event of a type before `beforeSeq` that fits. */
  last<Type extends TraceEvent['type']>(
    type: Type, beforeSeq: number, fits: (event: EventOf<Type>) => boolean,
  ): EventOf<Type> | undefined {
    const isOne = (event: TraceEvent): event is EventOf<Type> => event.type === type;
    for (let at = this.#end(beforeSeq) - 1; at >= 0; at -= 1) {
      const event = this.#events[at];
      if (event !== undefined && isOne(event) && fits(event)) return event;
    }
    return undefined;
  }

  /** The latest event before `beforeSeq` that fits, whatever its type. */
  lastOf(beforeSeq: number, fits: (event: TraceEvent) => boolean): TraceEvent | undefined {
    return this.#events.slice(0, this.#end(beforeSeq)).findLast(fits);
  }

  /** The name of a node's last entry before an event; undefined where nothing tells it. */
  lastEntryOf(node: NodeId, beforeSeq: number): EntryName | undefined {
    const told = this.lastOf(beforeSeq, (event) => event.node === node && tellsLastEntry(event));
    if (told?.type === 'entriesAppended') return told.entries.at(-1);
    if (told?.type === 'nodeStarted' || told?.type === 'nodeRestated') return told.tail.at(-1) ?? { index: 0, term: 0 };
    return told?.type === 'snapshotRestored'
      ? { index: told.lastIncludedIndex, term: told.lastIncludedTerm } : undefined;
  }

  /** The term of the entry that a node had at an index before an event. */
  termOf(node: NodeId, index: Index, beforeSeq: number): Term | undefined {
    const told = this.lastOf(beforeSeq, (event) => event.node === node && termIn(event, index) !== undefined);
    return told === undefined ? undefined : termIn(told, index);
  }

  /** The event by which a node got an entry. */
  arrivalOf({ index, term }: EntryName, node: NodeId, beforeSeq: number): EventOf<'entriesAppended'> | undefined {
    return this.last('entriesAppended', beforeSeq, (event) => event.node === node && termIn(event, index) === term);
  }

  /** The nodes that have got an entry, ascending. */
  holdersOf({ index, term }: EntryName, beforeSeq: number): readonly NodeId[] {
    const holders = this.#events.slice(0, this.#end(beforeSeq))
      .filter((event) => termIn(event, index) === term).map(({ node }) => node);
    return [...new Set(holders)].sort((a, b) => a - b);
  }

  #end(beforeSeq: number): number {
    let [low, high] = [0, this.#events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.seq ?? 0) < beforeSeq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function tellsLastEntry(event: TraceEvent): boolean {
  return event.type === 'nodeStarted' || event.type === 'nodeRestated' || event.type === 'snapshotRestored'
    || (event.type === 'entriesAppended' && event.entries.length > 0);
}

function termIn(event: TraceEvent, index: Index): Term | undefined {
  if (event.type === 'entriesAppended') return event.entries.find((entry) => entry.index === index)?.term;
  return event.type === 'nodeStarted' || event.type === 'nodeRestated'
    ? event.tail.find((entry) => entry.index === index)?.term : undefined;
}
