/** The sessions that this node keeps with the cluster for its clients (dissertation §6.3). */
import { encodeKvEntry } from '../../kv/index.ts';
import type { Index, NodeId } from '../../raft/index.ts';
import { newProposal } from './proposal.ts';
import type { Proposal } from './proposal.ts';

/** Sessions that one node keeps; the one used longest ago is forgotten, and registers anew. */
const SESSIONS_MAX = 64;

/** A client's session. Its `session` number is undefined until its registration is applied. */
export interface ClientSession {
  readonly client: string;
  readonly registration: Proposal;
  session: Index | undefined;
  nextSequence: number;
  /** Requests with a sequence number of this session that are not answered yet. */
  readonly unanswered: Set<number>;
}

export class ClientSessions {
  readonly #id: NodeId;
  readonly #boot: number;
  readonly #dataBytesMax: number | undefined;
  /** In the order of their use. */
  readonly #sessions = new Map<string, ClientSession>();
  #registered = 0;

  /** @param dataBytesMax what keys and values together may take in this lab; undefined: the registrations do not say */
  constructor(id: NodeId, boot: number, dataBytesMax?: number) {
    this.#id = id;
    this.#boot = boot;
    this.#dataBytesMax = dataBytesMax;
  }

  /** The client's session, a new one if it has none. */
  of(client: string): ClientSession {
    const session = this.#sessions.get(client) ?? this.#newSession(client);
    this.#sessions.delete(client);
    this.#sessions.set(client, session); // the one used last is last
    for (const [oldest, { unanswered }] of this.#sessions) {
      if (this.#sessions.size <= SESSIONS_MAX) {
        break;
      }
      if (unanswered.size === 0) {
        this.#sessions.delete(oldest);
      }
    }
    return session;
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
    return { client, registration, session: undefined, nextSequence: 1, unanswered: new Set() };
  }
}
