/** The sessions that this node keeps with the cluster for its clients (dissertation §6.3). */
import { encodeKvEntry } from '../../kv/index.ts';
import type { Index, NodeId } from '../../raft/index.ts';
import { newProposal } from './proposal.ts';
import type { Proposal } from './proposal.ts';

/**
 * The most sessions that one node keeps: for each client of its door (gateway/door.ts), and for those of the lab.
 * Beyond that it forgets the least recently used one.
 */
export const SESSIONS_MAX = 640;

/** A client's session. Its `session` number is undefined until its registration is applied. */
export interface ClientSession {
  readonly client: string;
  readonly registration: Proposal;
  session: Index | undefined;
  nextSequence: number;
  /** Requests with a sequence number of this session that are not answered yet. */
  readonly unanswered: Set<number>;
  /** The number of requests that wait in it, also before it is registered. */
  requestCount: number;
}

export class ClientSessions {
  readonly #id: NodeId;
  readonly #boot: number;
  readonly #dataBytesMax: number | undefined;
  readonly #onForgotten: (session: ClientSession) => void;
  /** The least recently used one first. */
  readonly #sessions = new Map<string, ClientSession>();
  #registered = 0;

  /**
   * @param dataBytesMax the most that keys and values may take together in this lab; undefined: registrations omit it
   * @param onForgotten called when a session is dropped in which no request waits
   */
  constructor(
    id: NodeId, boot: number, dataBytesMax: number | undefined, onForgotten: (session: ClientSession) => void,
  ) {
    this.#onForgotten = onForgotten;
    this.#id = id;
    this.#boot = boot;
    this.#dataBytesMax = dataBytesMax;
  }

  /** The client's session, a new one if it has none. One more request waits in it until `release`. */
  take(client: string): ClientSession {
    const session = this.#sessions.get(client) ?? this.#newSession(client);
    session.requestCount += 1;
    this.#sessions.delete(client);
    this.#sessions.set(client, session); // the most recently used one is last
    this.#trim();
    return session;
  }

  /** A request no longer waits in the session. */
  release(session: ClientSession): void {
    session.requestCount -= 1;
    if (session.requestCount === 0 && this.#sessions.get(session.client) !== session) {
      this.#onForgotten(session); // its client has left
    }
    this.#trim();
  }

  #trim(): void {
    if (this.#sessions.size <= SESSIONS_MAX) {
      return;
    }
    for (const [client, session] of this.#sessions) {
      if (session.requestCount === 0) {
        this.#sessions.delete(client);
        this.#onForgotten(session);
      }
      if (this.#sessions.size <= SESSIONS_MAX) {
        return;
      }
    }
  }

  /** The client has left: its session goes as soon as no request waits in it. */
  leave(client: string): void {
    const session = this.#sessions.get(client);
    if (session !== undefined) {
      this.forget(session);
      if (session.requestCount === 0) {
        this.#onForgotten(session);
      }
    }
  }

  /** The cluster no longer has this session: the client's next request registers another. */
  forget(session: ClientSession): void {
    if (this.#sessions.get(session.client) === session) {
      this.#sessions.delete(session.client);
    }
  }

  #newSession(client: string): ClientSession {
    this.#registered += 1;
    const request = `${this.#id}.${this.#boot}.${this.#registered}`;
    const limit = this.#dataBytesMax === undefined ? {} : { dataBytesMax: this.#dataBytesMax };
    const registration = newProposal(encodeKvEntry({ kind: 'register', client, request, ...limit }));
    return { client, registration, session: undefined, nextSequence: 1, unanswered: new Set(), requestCount: 0 };
  }
}
