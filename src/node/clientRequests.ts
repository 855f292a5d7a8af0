/** Clients' commands on their way through the log: sessions, retries, deadlines and answers (dissertation §6.3). */
import type { KvAnswer } from '../contract/answers.ts';
import type { LabErrorData } from '../contract/errors.ts';
import { describeCommand, encodeKvEntry, RESULTS_PER_SESSION_MAX } from '../kv/index.ts';
import type { KvResult } from '../kv/index.ts';
import { NONE } from '../raft/index.ts';
import type { Entry, Index, NodeId, Term } from '../raft/index.ts';
import type { ClientOutcome } from '../trace/events.ts';
import { nodeNameOf } from '../trace/names.ts';
import type { KvRequest, NodeTraceBody } from './protocol.ts';

/** Commands under way on one node; more are answered `busy`. A session keeps as many results. */
export const PENDING_REQUESTS_MAX = RESULTS_PER_SESSION_MAX;
/** Sessions that one node keeps for its clients; the one used longest ago is forgotten, and registers anew. */
const SESSIONS_MAX = 64;
/** A proposal that has not come back after this time was probably lost with its datagram. */
const RETRY_TICKS = 10;
const RETRY_TICKS_MAX = 8 * RETRY_TICKS;
/** Leaders of that many terms back are remembered, to name the one that appended an entry. */
const LEADERS_REMEMBERED_MAX = 32;

/** What the requests need from the node that they are asked on. */
export interface ClientHost {
  readonly id: NodeId;
  /** Makes request ids and registrations of this boot unlike those of any other. */
  readonly boot: number;
  /** `n1 sees 2 of 5`: how many voters the node has heard from lately, itself included. */
  readonly visibility: () => { readonly seen: number; readonly voters: number };
  readonly emit: (event: NodeTraceBody) => void;
  readonly answer: (requestId: number, answer: KvAnswer) => void;
  readonly fail: (requestId: number, error: LabErrorData) => void;
}

/** Bytes that are to get into the log, and where they are on their way. */
interface Proposal {
  readonly data: Uint8Array;
  tries: number;
  /** At the last try. */
  triedAtTick: number;
  leader: NodeId;
  term: Term;
  /** Where it stands in this node's log; undefined while it does not. */
  appendedIndex: Index | undefined;
}

interface PendingRequest {
  readonly requestId: number;
  /** In the trace: unique in the lab. */
  readonly traceId: string;
  readonly request: KvRequest;
  readonly askedAtMs: number;
  readonly deadline: NodeJS.Timeout;
  session: ClientSession | undefined;
  sequence: number;
  proposal: Proposal | undefined;
  appendedAtMs: number | undefined;
  /** Tries under sessions that turned out to have expired. */
  earlierTries: number;
}

/** A client's session with the cluster. Its `session` number is undefined until its registration is applied. */
interface ClientSession {
  readonly client: string;
  readonly registration: Proposal;
  session: Index | undefined;
  nextSequence: number;
  /** Requests with a sequence number of this session that are not answered yet. */
  readonly unanswered: Set<number>;
}

/**
 * One for a node. The node calls `tick`, `onAppended`, `onTruncated`, `onApplied` and `takeProposals`; answers come by
 * the host.
 */
export class ClientRequests {
  readonly #host: ClientHost;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #sessions = new Map<string, ClientSession>();
  /** What a proposal's bytes belong to. The key is the bytes as Latin-1 text: each byte one character. */
  readonly #byData = new Map<string, PendingRequest | ClientSession>();
  /** Who led in the latest terms. */
  readonly #leaders = new Map<Term, NodeId>();
  #leader: NodeId = NONE;
  #term: Term = 0;
  #now = 0;
  #asked = 0;
  #registered = 0;
  /** A snapshot took the place of entries that this node never applied itself: results may have been among them. */
  #skippedEntries = 0;

  constructor(host: ClientHost) {
    this.#host = host;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  /** A client asks. The answer or the error comes by the host, within the request's timeout. */
  ask(requestId: number, request: KvRequest): void {
    if (this.#pending.size >= PENDING_REQUESTS_MAX) {
      this.#host.fail(requestId, {
        code: 'busy',
        message: `${this.#name} has ${PENDING_REQUESTS_MAX} commands under way: wait for answers, then ask again`,
      });
      return;
    }
    this.#asked += 1;
    const pending: PendingRequest = {
      requestId,
      traceId: `${this.#host.id}.${this.#host.boot}.${this.#asked}`,
      request,
      askedAtMs: performance.now(),
      deadline: setTimeout(() => this.#giveUp(pending), request.timeoutMs),
      session: undefined,
      sequence: 0,
      proposal: undefined,
      appendedAtMs: undefined,
      earlierTries: 0,
    };
    this.#pending.set(requestId, pending);
    const text = describeCommand(request.command);
    this.#host.emit({ type: 'clientAsked', requestId: pending.traceId, client: request.client, text });
  }

  tick(): void {
    this.#now += 1;
  }

  /**
   * What is to be proposed now: new requests, and those whose last try seems lost. They count as tried; `notTaken`
   * takes that
   * back.
   */
  takeProposals(): readonly Uint8Array[] {
    if (this.#pending.size === 0) {
      return [];
    }
    const leader = this.#leader;
    const term = this.#term;
    if (leader === NONE) {
      return [];
    }
    const due = new Set<Proposal>();
    for (const pending of this.#pending.values()) {
      const session = this.#sessionOf(pending);
      const proposal = session.session === undefined
        ? session.registration
        : this.#proposalOf(pending, session, session.session);
      if (!due.has(proposal) && this.#isDue(proposal, leader, term)) {
        due.add(proposal);
        if (leader !== this.#host.id && proposal === pending.proposal) {
          this.#host.emit({ type: 'clientForwarded', requestId: pending.traceId, to: leader });
        }
      }
    }
    for (const proposal of due) {
      proposal.tries += 1;
      proposal.triedAtTick = this.#now;
      proposal.leader = leader;
      proposal.term = term;
    }
    return [...due].map((proposal) => proposal.data);
  }

  /** The core took none of these: they never entered a log. */
  notTaken(data: readonly Uint8Array[]): void {
    for (const bytes of data) {
      const owner = this.#byData.get(keyOf(bytes));
      const proposal = owner === undefined ? undefined : 'registration' in owner ? owner.registration : owner.proposal;
      if (proposal !== undefined) {
        proposal.tries -= 1;
        proposal.leader = NONE;
      }
    }
  }

  /** Entries are in this node's log. */
  onAppended(entries: readonly Entry[]): void {
    if (this.#byData.size === 0) {
      return;
    }
    for (const entry of entries) {
      const owner = entry.type === 'command' ? this.#byData.get(keyOf(entry.data)) : undefined;
      if (owner === undefined) {
        continue;
      }
      if ('registration' in owner) {
        owner.registration.appendedIndex = entry.index;
      } else if (owner.proposal !== undefined) {
        owner.proposal.appendedIndex = entry.index;
        owner.appendedAtMs = performance.now();
      }
    }
  }

  /** The entries from `index` on were discarded from this node's log. */
  onTruncated(index: Index): void {
    for (const owner of this.#byData.values()) {
      const proposal = 'registration' in owner ? owner.registration : owner.proposal;
      if (proposal?.appendedIndex !== undefined && proposal.appendedIndex >= index) {
        proposal.appendedIndex = undefined;
      }
    }
  }

  /** A snapshot replaced the state machine; what it covers was never applied here. */
  onSnapshot(): void {
    this.#skippedEntries += 1;
    this.onTruncated(0);
  }

  /** A leader became known; NONE: none is known any more. */
  onLeader(leader: NodeId, term: Term): void {
    this.#leader = leader;
    this.#term = term;
    if (leader === NONE) {
      return;
    }
    this.#leaders.set(term, leader);
    for (const oldest of this.#leaders.keys()) {
      if (this.#leaders.size <= LEADERS_REMEMBERED_MAX) {
        break;
      }
      this.#leaders.delete(oldest);
    }
  }

  /** An entry of type `command` was applied on this node. */
  onApplied(entry: Entry, result: KvResult): void {
    const owner = this.#byData.size === 0 ? undefined : this.#byData.get(keyOf(entry.data));
    if (owner === undefined) {
      return;
    }
    if ('registration' in owner) {
      this.#byData.delete(keyOf(entry.data));
      owner.session = result.type === 'registered' ? result.session : undefined;
    } else if (result.type === 'refused' && result.code === 'session-expired') {
      this.#onSessionExpired(owner);
    } else {
      this.#answer(owner, entry, result);
    }
  }

  /** The node ends: whoever waits is told. */
  close(): void {
    for (const pending of this.#pending.values()) {
      this.#giveUp(pending, 'stopped before it answered');
    }
  }

  get #name(): string {
    return nodeNameOf(this.#host.id);
  }

  /** The client's session, a new one if it has none. */
  #sessionOf(pending: PendingRequest): ClientSession {
    if (pending.session !== undefined) {
      return pending.session;
    }
    const { client } = pending.request;
    const known = this.#sessions.get(client);
    this.#sessions.delete(client);
    const session = known ?? this.#newSession(client);
    this.#sessions.set(client, session); // the one used last is last
    for (const [oldest, { unanswered }] of this.#sessions) {
      if (this.#sessions.size <= SESSIONS_MAX) {
        break;
      }
      if (unanswered.size === 0) {
        this.#sessions.delete(oldest);
      }
    }
    pending.session = session;
    return session;
  }

  #newSession(client: string): ClientSession {
    this.#registered += 1;
    const request = `${this.#host.id}.${this.#host.boot}.${this.#registered}`;
    const data = encodeKvEntry({ kind: 'register', client, request });
    const session: ClientSession = {
      client, registration: newProposal(data), session: undefined, nextSequence: 1, unanswered: new Set(),
    };
    this.#byData.set(keyOf(data), session);
    return session;
  }

  #proposalOf(pending: PendingRequest, session: ClientSession, number: Index): Proposal {
    if (pending.proposal === undefined) {
      pending.sequence = session.nextSequence;
      session.nextSequence += 1;
      session.unanswered.add(pending.sequence);
      const { client, command } = pending.request;
      const data = encodeKvEntry({
        kind: 'request',
        client,
        session: number,
        sequence: pending.sequence,
        // Sequence numbers are handed out in order, so the first one in the set is the lowest.
        acknowledgedBelow: session.unanswered.values().next().value ?? pending.sequence,
        command,
      });
      pending.proposal = newProposal(data);
      this.#byData.set(keyOf(data), pending);
    }
    return pending.proposal;
  }

  /** Whether to propose (again). What stands in this node's own log will be committed there or be truncated. */
  #isDue(proposal: Proposal, leader: NodeId, term: Term): boolean {
    if (proposal.tries === 0) {
      return true;
    }
    if (proposal.appendedIndex !== undefined) {
      return false;
    }
    const patienceTicks = Math.min(RETRY_TICKS * 2 ** (proposal.tries - 1), RETRY_TICKS_MAX);
    return proposal.leader !== leader || proposal.term !== term || this.#now - proposal.triedAtTick >= patienceTicks;
  }

  /**
   * All entries pass through this node in order, so if this is the first time that the request comes by, no earlier
   * try took
   * effect, and none will: the session stays expired. Only where a snapshot jumped over entries this cannot be told.
   */
  #onSessionExpired(pending: PendingRequest): void {
    const { session } = pending;
    if (session !== undefined && this.#sessions.get(session.client) === session) {
      this.#sessions.delete(session.client);
    }
    if (this.#skippedEntries > 0 && pending.proposal !== undefined && pending.proposal.tries > 1) {
      this.#giveUp(pending, 'lost its client session');
      return;
    }
    this.#forgetProposal(pending);
    pending.session = undefined;
  }

  #answer(pending: PendingRequest, entry: Entry, result: KvResult): void {
    const answeredAtMs = performance.now();
    const leader = this.#leaders.get(entry.term) ?? this.#leader;
    const route = leader === this.#host.id || leader === NONE ? [this.#name] : [this.#name, nodeNameOf(leader)];
    const { appendedAtMs, askedAtMs } = pending;
    const totalMs = answeredAtMs - askedAtMs;
    const tries = pending.earlierTries + (pending.proposal?.tries ?? 1);
    const where = `index ${entry.index}, term ${entry.term}`;
    if (result.type === 'refused') {
      this.#settle(pending, 'refused', `${result.message} (${where})`);
    } else {
      this.#settle(pending, 'ok', where);
    }
    this.#host.answer(pending.requestId, {
      result,
      index: entry.index,
      term: entry.term,
      route: route as KvAnswer['route'],
      leader: nodeNameOf(leader === NONE ? this.#host.id : leader),
      hops: route.length - 1,
      tries,
      timing: {
        totalMs,
        appendedMs: appendedAtMs === undefined ? null : appendedAtMs - askedAtMs,
        committedMs: appendedAtMs === undefined ? null : answeredAtMs - appendedAtMs,
      },
    });
  }

  /** The deadline has passed, or the node ends. Whether the command may still take effect is said exactly. */
  #giveUp(pending: PendingRequest, how?: string): void {
    const error = this.#unansweredError(pending, how);
    this.#settle(pending, error.code === 'unknown-outcome' ? 'unknown' : 'refused', error.message);
    this.#host.fail(pending.requestId, error);
  }

  #unansweredError(pending: PendingRequest, how?: string): LabErrorData {
    const { command, timeoutMs } = pending.request;
    const { seen, voters } = this.#host.visibility();
    const situation = how ?? (this.#leader === NONE ? 'has no leader' : 'heard of no majority that has it');
    const who = `${this.#name} ${situation} (sees ${seen} of ${voters})`;
    const after = how === undefined ? ` after ${Number((timeoutMs / 1000).toFixed(1))} s` : '';
    if (command.op === 'get' || command.op === 'list') {
      const advice = 'A read changes nothing: ask again, or ask another node.';
      return { code: 'no-leader', message: `no answer${after}: ${who}. ${advice}` };
    }
    if (pending.earlierTries + (pending.proposal?.tries ?? 0) === 0) {
      const truth = 'The command is in no log and never takes effect.';
      return { code: 'no-leader', message: `not sent${after}: ${who}. ${truth}` };
    }
    return { code: 'unknown-outcome', message: `unknown outcome${after}: ${who}. It may still take effect.` };
  }

  #settle(pending: PendingRequest, outcome: ClientOutcome, detail: string): void {
    clearTimeout(pending.deadline);
    this.#pending.delete(pending.requestId);
    this.#forgetProposal(pending);
    this.#host.emit({
      type: 'clientAnswered',
      requestId: pending.traceId,
      text: describeCommand(pending.request.command),
      outcome,
      detail,
      totalMs: performance.now() - pending.askedAtMs,
    });
  }

  #forgetProposal(pending: PendingRequest): void {
    if (pending.proposal !== undefined) {
      pending.earlierTries += pending.proposal.tries;
      this.#byData.delete(keyOf(pending.proposal.data));
      pending.session?.unanswered.delete(pending.sequence);
      pending.proposal = undefined;
    }
  }
}

function newProposal(data: Uint8Array): Proposal {
  return { data, tries: 0, triedAtTick: 0, leader: NONE, term: 0, appendedIndex: undefined };
}

function keyOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
}
