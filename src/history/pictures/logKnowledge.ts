/** What events tell of log entries beyond a node's view: their commands in words, and the entries that were removed. */
import type { LogEntryView } from '../../trace/view.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { nodeNameOf } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';

/** The texts that are kept; the oldest go first. */
const TEXTS_MAX = 4000;
const REMOVED_MAX = 256;
/** Enough of each log to know what a conflict removes from its end. */
const TAIL_MAX = 128;

/** An entry that a follower removed because the leader's log has another one there (Raft §5.3). */
export interface RemovedEntry {
  readonly node: NodeName;
  readonly entry: LogEntryView;
  readonly seq: number;
  readonly atMs: number;
}

/** Learns from events in their order. An entry is named by index and term alone (Log Matching, Raft §5.3). */
export class LogKnowledge {
  readonly #texts = new Map<string, string>();
  readonly #tails = new Map<NodeName, Map<number, LogEntryView>>();
  #removed: RemovedEntry[] = [];
  #lastSeq = 0;

  /** The number of the last event that was learnt from. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Forgets everything: another trace begins, in which the same index and term may be another entry. */
  clear(): void {
    this.#texts.clear();
    this.startOver();
  }

  /** Forgets what happened, and keeps the texts: another moment of the same trace. */
  startOver(): void {
    this.#tails.clear();
    this.#removed = [];
    this.#lastSeq = 0;
  }

  learn(event: TraceEvent): void {
    this.#lastSeq = event.seq;
    switch (event.type) {
      case 'applied':
        this.addText(event.index, event.term, event.text);
        break;
      case 'clientWaits':
        // For its session a request waits in nobody's log: that entry is another one.
        if (event.waitsFor !== 'commit' || event.index === undefined || event.term === undefined) break;
        this.addText(event.index, event.term, event.text);
        break;
      case 'nodeStarted':
      case 'nodeRestated':
        this.#tails.set(nodeNameOf(event.node), new Map(event.tail.map((entry) => [entry.index, entry])));
        break;
      case 'entriesAppended':
        this.#append(event);
        break;
      default:
        break;
    }
  }

  /** Learns an entry's text from elsewhere, as from a node's file. */
  addText(index: number, term: number, text: string): void {
    const key = `${index} ${term}`;
    this.#texts.delete(key);
    this.#texts.set(key, text);
    const oldest = this.#texts.keys().next();
    if (this.#texts.size > TEXTS_MAX && oldest.done === false) this.#texts.delete(oldest.value);
  }

  /** An entry's command in the console's words; undefined while it is not known. */
  text(index: number, term: number): string | undefined {
    return this.#texts.get(`${index} ${term}`);
  }

  /** What was removed in a span of time, oldest first. */
  removed(fromMs: number, toMs: number): RemovedEntry[] {
    return this.#removed.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  }

  #append({ node, seq, atMs, entries, truncatedFrom }: Extract<TraceEvent, { type: 'entriesAppended' }>): void {
    const name = nodeNameOf(node);
    const tail = this.#tails.get(name) ?? new Map<number, LogEntryView>();
    this.#tails.set(name, tail);
    if (truncatedFrom !== undefined) {
      const gone = [...tail.values()].filter(({ index }) => index >= truncatedFrom)
        .sort((left, right) => left.index - right.index);
      for (const entry of gone) {
        tail.delete(entry.index);
        this.#removed.push({ node: name, entry, seq, atMs });
      }
      this.#removed.splice(0, this.#removed.length - REMOVED_MAX);
    }
    for (const entry of entries) tail.set(entry.index, entry);
    for (const index of tail.keys()) {
      if (tail.size <= TAIL_MAX) break;
      tail.delete(index);
    }
  }
}
