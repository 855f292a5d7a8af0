/** Requests that were answered with an unknown outcome: what becomes of them is told once it is certain. */
import { decodeKvEntry, describeShortfall } from '../../kv/index.ts';
import type { KvResult } from '../../kv/index.ts';
import type { Entry, Index, Term } from '../../raft/index.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import type { Trace } from '../world.ts';
import { keyOf, withPlace } from './proposal.ts';
import type { EntryPlace } from './proposal.ts';

/** The one given up longest ago gives way. */
export const UNDECIDED_REQUESTS_MAX = 1024;

/** A proposal that nobody proposes again, and copies of which may be in a log or on their way to one. */
export interface UndecidedProposal {
  /** What its entry is recognised by (`keyOf`). */
  readonly key: string;
  /** Undefined for a plain command. */
  readonly session: Index | undefined;
  readonly sequence: number;
  /** How many copies there are. */
  readonly tries: number;
  /** Where copies have stood in this node's log. */
  readonly places: readonly EntryPlace[];
}

/** What the trace says of a request. */
interface RequestWords {
  readonly requestId: string;
  readonly text: string;
  /** What was told of its operation. */
  readonly operation: ClientOperation;
}

interface Undecided extends UndecidedProposal {
  readonly words: RequestWords;
  places: readonly EntryPlace[];
}

export class UndecidedRequests {
  readonly #trace: Pick<Trace, 'addDetail' | 'operation'>;
  readonly #byKey = new Map<string, Undecided>();

  constructor(trace: Pick<Trace, 'addDetail' | 'operation'>) {
    this.#trace = trace;
  }

  add(words: RequestWords, proposal: UndecidedProposal): void {
    this.#byKey.set(proposal.key, { ...proposal, words });
    for (const key of this.#byKey.keys()) {
      if (this.#byKey.size <= UNDECIDED_REQUESTS_MAX) {
        return;
      }
      this.#byKey.delete(key);
    }
  }

  /** Entries are in this node's log. */
  onAppended(entries: readonly Entry[]): void {
    if (this.#byKey.size === 0) {
      return;
    }
    for (const entry of entries) {
      const undecided = entry.type === 'command' ? this.#byKey.get(keyOf(entry.data)) : undefined;
      if (undecided !== undefined) {
        undecided.places = withPlace(undecided.places, entry);
      }
    }
  }

  /** A snapshot replaced the state machine. What it covers was never seen here, so nothing can be told for certain. */
  onSnapshot(): void {
    this.#byKey.clear();
  }

  /** An entry of type `command` was applied on this node. */
  onCommandApplied(entry: Entry, result: KvResult): void {
    if (this.#byKey.size === 0) {
      return;
    }
    const undecided = this.#byKey.get(keyOf(entry.data));
    if (undecided === undefined) {
      this.#onSessionUsed(entry.data);
    } else if (result.type === 'refused' && (result.code === 'session-expired' || result.code === 'sequence-too-old')) {
      this.#decide(undecided, false, 'its client session had ended for it before it was committed');
    } else {
      const what = result.type === 'refused' ? result.message : describeShortfall(result);
      this.#decide(undecided, true, [what, placeWords(entry)].filter(Boolean).join(', '), {
        index: entry.index, term: entry.term, result: result.type === 'refused' ? result : null,
      });
    }
  }

  /**
   * Everything up to an entry of this term was applied on this node. Terms only grow along a log, so a copy of a lower
   * term that was not among it is in no log that can still win (Raft §5.4.1). That holds for a request all copies of
   * which were seen; one that was lost on its way to a leader may still be taken by it, in its own term.
   */
  onApplied(termOfLastApplied: () => Term): void {
    if (this.#byKey.size === 0) {
      return;
    }
    const term = termOfLastApplied();
    for (const undecided of this.#byKey.values()) {
      const { places, tries } = undecided;
      const last = places.at(-1);
      if (last !== undefined && places.length >= tries && places.every((place) => place.term < term)) {
        this.#decide(undecided, false, `${placeWords(last)} was overwritten`);
      }
    }
  }

  /**
   * The state machine keeps no results below what a session has acknowledged, and refuses what comes later
   * (dissertation §6.3). This node acknowledges what it has given up with the session's next request.
   */
  #onSessionUsed(data: Uint8Array): void {
    const entry = decodeKvEntry(data);
    if (entry?.kind !== 'request') {
      return;
    }
    for (const undecided of this.#byKey.values()) {
      if (undecided.session === entry.session && undecided.sequence < entry.acknowledgedBelow) {
        this.#decide(undecided, false, 'a later request of its client session was applied before it');
      }
    }
  }

  /** @param effect what is known of an operation that took effect */
  #decide(
    { key, words }: Undecided, isApplied: boolean, detail: string,
    effect: Partial<Pick<ClientOperation, 'index' | 'term' | 'result'>> = {},
  ): void {
    const { requestId, text, operation } = words;
    this.#byKey.delete(key);
    this.#trace.addDetail('clientDecided', () => ({ type: 'clientDecided', requestId, text, isApplied, detail }));
    this.#trace.operation({ ...operation, ...effect, tookEffect: isApplied });
  }
}

function placeWords({ index, term }: EntryPlace): string {
  return `entry ${index} of term ${term}`;
}
