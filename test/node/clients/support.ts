/** Requests, leaders and a log for the tests of what a node does for its clients. */
import { encodeKvEntry, KvStateMachine } from '../../../src/kv/index.ts';
import type { KvCommand, KvEntry, KvResult } from '../../../src/kv/index.ts';
import { KnownLeaders } from '../../../src/node/clients/knownLeaders.ts';
import type { PendingRequest } from '../../../src/node/clients/pendingRequest.ts';
import type { Entry } from '../../../src/raft/index.ts';

let asked = 0;

/** A command that was asked and is not answered; nobody gives it up. */
export function pendingOf(command: KvCommand, client = 'c1'): PendingRequest {
  asked += 1;
  const deadline = setTimeout(() => undefined, 0);
  clearTimeout(deadline);
  const request = { client, command, timeoutMs: 1000 };
  return { requestId: asked, traceId: `${asked}`, request, askedAtMs: 0, deadline };
}

export const incr = (key: string): KvCommand => ({ op: 'incr', key, by: 1 });
export const get = (key: string): KvCommand => ({ op: 'get', key });

/** The one leader that is known. */
export function leaderIs(leader: number, term = 1): KnownLeaders {
  const leaders = new KnownLeaders();
  leaders.note(leader, term);
  return leaders;
}

/** The cluster's log and the state machine that it is applied to. */
export class Log {
  readonly machine = new KvStateMachine();
  #lastIndex = 0;

  append(data: Uint8Array, term = 1): Entry {
    this.#lastIndex += 1;
    return { index: this.#lastIndex, term, type: 'command', data };
  }

  apply(entry: Entry): KvResult {
    return this.machine.apply(entry.index, entry.data).result;
  }

  /** Other clients come, so many that every session there is expires. */
  expireSessions(): void {
    for (let at = 0; at < 4096; at += 1) {
      const registration: KvEntry = { kind: 'register', client: 'others', request: `${this.#lastIndex}` };
      this.apply(this.append(encodeKvEntry(registration)));
    }
  }
}
