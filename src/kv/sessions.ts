/** Client sessions: what makes a retried command take effect once (dissertation §6.3). Part of the replicated state. */
import type { Index } from '../raft/types.ts';
import type { KvResult } from './commands.ts';

/** The most sessions; beyond it, the one that was used longest ago, counted in log entries, is dropped. */
export const SESSIONS_MAX = 4096;
/** The most results kept for one session: as many commands as a client may have under way. */
export const RESULTS_PER_SESSION_MAX = 1024;
/**
 * The most memory for kept results, in UTF-16 units of their texts plus a constant for each; beyond it, sessions are
 * dropped.
 */
const RESULTS_SIZE_MAX = 16 * 1024 * 1024;
const RESULT_SIZE_BASE = 64;

/** One client's session. Everything in it is a function of the log, so it is the same on every node. */
export interface Session {
  /** The index of the entry that registered it: never used twice. */
  readonly session: Index;
  readonly client: string;
  /** The token of the registration: a registration that is retried finds its session by it. */
  readonly request: string;
  /** The index of the last entry that used the session. */
  readonly lastUsedIndex: Index;
  /** Results below this sequence number are no longer kept: the client has them, or has too many requests under way. */
  readonly keptFrom: number;
  /** The results of the requests that changed something, by sequence number, in the order of their effect. */
  readonly results: ReadonlyMap<number, KvResult>;
}

interface MutableSession extends Session {
  lastUsedIndex: Index;
  keptFrom: number;
  readonly results: Map<number, KvResult>;
}

/** What a request finds: a recorded result, a reason to refuse it, or that it must be applied. */
export type SessionLookup =
  | { readonly type: 'fresh' }
  | { readonly type: 'recorded'; readonly result: KvResult }
  | { readonly type: 'expired' }
  | { readonly type: 'too-old'; readonly keptFrom: number };

/** The sessions of all clients, in the order of their last use. */
export class Sessions {
  /** Invariant: the order is that of lastUsedIndex, ascending. */
  readonly #sessions = new Map<Index, MutableSession>();
  readonly #byRegistration = new Map<string, Index>();
  #resultsSize = 0;

  /** The sessions, the one used longest ago first. */
  all(): Iterable<Session> {
    return this.#sessions.values();
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** Opens a session; the same client's registration with the same token finds the session that it opened before. */
  register(index: Index, client: string, request: string): Index {
    const known = this.#byRegistration.get(registrationKey(client, request));
    if (known !== undefined) {
      this.#use(known, index);
      return known;
    }
    this.#insert({ session: index, client, request, lastUsedIndex: index, keptFrom: 1, results: new Map() });
    this.#expire(index);
    return index;
  }

  /**
   * Looks up a request before it is applied. Marks the session as used; forgets the results that the client has.
   * @param acknowledgedBelow every sequence number below it has been answered
   */
  lookUp(index: Index, session: Index, sequence: number, acknowledgedBelow: number): SessionLookup {
    const found = this.#use(session, index);
    if (found === undefined) return { type: 'expired' };
    this.#forgetBelow(found, acknowledgedBelow);
    if (sequence < found.keptFrom) return { type: 'too-old', keptFrom: found.keptFrom };
    const result = found.results.get(sequence);
    return result === undefined ? { type: 'fresh' } : { type: 'recorded', result };
  }

  /** Keeps the result of a request that was just applied. */
  record(session: Index, sequence: number, result: KvResult): void {
    const found = this.#sessions.get(session);
    if (found === undefined) throw new Error(`a result is recorded for session ${session}, which does not exist`);
    found.results.set(sequence, result);
    this.#resultsSize += sizeOf(result);
    if (found.results.size > RESULTS_PER_SESSION_MAX) this.#forgetBelow(found, Math.min(...found.results.keys()) + 1);
    this.#expire(session);
  }

  /** Restores a session from a snapshot. The sessions come in their order of use. */
  restore(session: Session): void {
    this.#insert({ ...session, results: new Map(session.results) });
    for (const result of session.results.values()) this.#resultsSize += sizeOf(result);
  }

  #insert(session: MutableSession): void {
    this.#sessions.set(session.session, session);
    this.#byRegistration.set(registrationKey(session.client, session.request), session.session);
  }

  #use(session: Index, index: Index): MutableSession | undefined {
    const found = this.#sessions.get(session);
    if (found === undefined) return undefined;
    found.lastUsedIndex = index;
    this.#sessions.delete(session);
    this.#sessions.set(session, found);
    return found;
  }

  #forgetBelow(session: MutableSession, sequence: number): void {
    if (sequence <= session.keptFrom) return;
    // The acknowledged results are mostly few and in a row; after a jump the kept results are few.
    const isRow = sequence - session.keptFrom <= session.results.size;
    if (isRow) for (let old = session.keptFrom; old < sequence; old += 1) this.#forget(session, old);
    else for (const old of session.results.keys()) if (old < sequence) this.#forget(session, old);
    session.keptFrom = sequence;
  }

  #forget(session: MutableSession, sequence: number): void {
    const result = session.results.get(sequence);
    if (result === undefined) return;
    session.results.delete(sequence);
    this.#resultsSize -= sizeOf(result);
  }

  /** Drops the sessions used longest ago until the limits hold. The current one, used last of all, stays. */
  #expire(current: Index): void {
    for (const [id, session] of this.#sessions) {
      const isOver = this.#sessions.size > SESSIONS_MAX || this.#resultsSize > RESULTS_SIZE_MAX;
      if (!isOver || id === current) return;
      this.#sessions.delete(id);
      this.#byRegistration.delete(registrationKey(session.client, session.request));
      for (const result of session.results.values()) this.#resultsSize -= sizeOf(result);
    }
  }
}

function registrationKey(client: string, request: string): string {
  return JSON.stringify([client, request]);
}

/** What a result counts against RESULTS_SIZE_MAX: an estimate, and the same on every node. */
function sizeOf(result: KvResult): number {
  switch (result.type) {
    case 'written':
    case 'deleted':
      return RESULT_SIZE_BASE + (result.previous?.length ?? 0);
    case 'compared':
      return RESULT_SIZE_BASE + (result.actual?.length ?? 0);
    case 'refused':
      return RESULT_SIZE_BASE + result.message.length;
    case 'value':
    case 'number':
    case 'list':
    case 'registered':
      return RESULT_SIZE_BASE; // value and list are not recorded: reads are simply done again
  }
}
