/** The log as the core reads it: the stored one, with the snapshot that suits a follower. */
import type { Entry, Index, InitialState, LogStorage, Snapshot, Term } from '../../raft/index.ts';
import type { LogStore } from '../logStore.ts';

/** Knows which snapshot a follower should get. */
export interface SnapshotOffer {
  /** The snapshot for a follower; undefined while there is none that suits it. */
  offer(): Snapshot | undefined;
}

export class ServerLog implements LogStorage {
  readonly #store: LogStore;
  #offer: SnapshotOffer | undefined;

  constructor(store: LogStore) {
    this.#store = store;
  }

  /** The core is made from the log, and what offers snapshots from the core: so it comes later. */
  offerFrom(offer: SnapshotOffer): void {
    this.#offer = offer;
  }

  initialState(): InitialState {
    return this.#store.initialState();
  }

  firstIndex(): Index {
    return this.#store.firstIndex();
  }

  lastIndex(): Index {
    return this.#store.lastIndex();
  }

  term(index: Index): Term {
    return this.#store.term(index);
  }

  entries(low: Index, high: Index, maxBytes: number): readonly Entry[] {
    return this.#store.entries(low, high, maxBytes);
  }

  snapshot(): Snapshot | undefined {
    return this.#offer?.offer();
  }
}
