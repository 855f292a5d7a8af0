/** Requests, leaders and a log for the tests of what a node does for its clients. */
import { expect } from 'vitest';
import type { KvAnswer } from '../../../src/contract/answers.ts';
import type { LabErrorData } from '../../../src/contract/errors.ts';
import { encodeKvEntry, KvStateMachine } from '../../../src/kv/index.ts';
import type { KvCommand, KvEntry, KvResult } from '../../../src/kv/index.ts';
import { ClientRequests } from '../../../src/server/clients/clientRequests.ts';
import { KnownLeaders } from '../../../src/server/clients/knownLeaders.ts';
import type { PendingRequest } from '../../../src/server/clients/pendingRequest.ts';
import type { KvRequest, ServerAnswer } from '../../../src/server/protocol.ts';
import type { Entry, Index, ReadConfirmation, ReadOnlyMode, Term } from '../../../src/raft/index.ts';
import { RAFTLAB_VARIANT } from '../../../src/trace/variant.ts';
import type { RaftVariant } from '../../../src/trace/variant.ts';
import { TestClock, TestTrace } from '../support.ts';

let asked = 0;

/** A command that was asked and is not answered; nobody gives it up. */
export function pendingOf(command: KvCommand, client = 'c1'): PendingRequest {
  asked += 1;
  const request = { client, command, timeoutMs: 1000 };
  const deadline = { cancel: () => undefined };
  return {
    requestId: asked, traceId: `${asked}`, request, askedAtMs: 0, askedTraceMs: 0, forwardedAtMs: undefined, deadline,
  };
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

/** Node n1 of five without a core: the test carries its proposals and read indexes. */
export class Node {
  readonly log = new Log();
  readonly answers = new Map<number, KvAnswer>();
  readonly errors = new Map<number, LabErrorData>();
  readonly clock = new TestClock();
  readonly trace = new TestTrace();
  readonly contexts: Uint8Array[] = [];
  readonly needsRound: boolean[] = [];
  readOnly: ReadOnlyMode = 'read-index';
  awaitsFirstProposal = false;
  /** The term of the last entry that was applied; ten times its index where a test does not say. */
  lastAppliedTerm: number | undefined;
  #lastApplied = 0;
  #asked = 0;

  readonly requests: ClientRequests;

  constructor(variant: RaftVariant = RAFTLAB_VARIANT) {
    this.requests = new ClientRequests({
      id: 1,
      boot: 3,
      variant,
      visibility: () => ({ seen: 2, voters: 5 }),
      clock: this.clock,
      raft: this,
      applier: { read: (command) => ({ result: this.log.machine.read(command), index: this.#lastApplied }) },
      trace: this.trace,
      answers: { post: (answer) => this.#take(answer) },
    }, 0);
  }

  // ---- What the requests ask of the core ----------------------------------------------------------------------------

  readIndex(context: Uint8Array, needsRound = false): boolean {
    this.contexts.push(context);
    this.needsRound.push(needsRound);
    return true;
  }

  termAt(index: Index): Term {
    return this.lastAppliedTerm ?? index * 10;
  }

  // ---- What the test does -------------------------------------------------------------------------------------------

  ask(command: KvCommand, more: Partial<KvRequest> = {}): number {
    this.#asked += 1;
    this.requests.ask(this.#asked, { client: 'c1', command, timeoutMs: 1500, ...more });
    return this.#asked;
  }

  /** What is proposed now is appended and applied. */
  carryOut(term = 7): void {
    for (const data of this.requests.takeProposals()) {
      const entry = this.log.append(data, term);
      this.requests.onAppended([entry]);
      this.requests.onCommandApplied(entry, this.log.apply(entry));
      this.#lastApplied = entry.index;
      this.requests.onApplied(entry.index);
    }
  }

  confirmRead(readIndex: number, confirmedBy: ReadConfirmation = 'round'): void {
    this.requests.askForReads();
    this.requests.onReadStates(this.contexts.splice(0).map((context) => ({ context, readIndex, confirmedBy })));
  }

  #take(answer: ServerAnswer): void {
    const { requestId } = answer;
    expect([...this.answers.keys(), ...this.errors.keys()]).not.toContain(requestId);
    if (answer.type === 'kvAnswer') {
      this.answers.set(requestId, answer.answer);
    } else if (answer.type === 'requestFailed') {
      this.errors.set(requestId, answer.error);
    } else {
      expect.unreachable(`a client was sent ${answer.type}`);
    }
  }
}
