/** Clients' commands on one node. Each is answered once, or fails at its deadline and says if it may take effect. */
import type { KvAnswer } from '../../contract/answers.ts';
import { copiesWords } from '../../contract/consoleWords.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import { describeShortfall, RESULTS_PER_SESSION_MAX } from '../../kv/index.ts';
import type { KvCommand, KvResult, ReadCommand } from '../../kv/index.ts';
import { NONE } from '../../raft/index.ts';
import type { Entry, Index, NodeId, ReadState, Term } from '../../raft/index.ts';
import { nodeNameOf } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import type { DefaultRead } from '../../trace/variant.ts';
import type { KvRequest } from '../protocol.ts';
import { KnownLeaders } from './knownLeaders.ts';
import { LoggedRequests } from './loggedRequests.ts';
import type { AppliedRequest } from './loggedRequests.ts';
import { OperationReports } from './operationReports.ts';
import type { OperationEnd } from './operationReports.ts';
import { readKindOf, textOf, withReadKind } from './pendingRequest.ts';
import type { ClientHost, PendingRequest } from './pendingRequest.ts';
import { ReadRequests } from './readRequests.ts';
import type { ConfirmedRead } from './readRequests.ts';
import { busyError, leaseOffError, unansweredError } from './unanswered.ts';
import { UndecidedRequests } from './undecidedRequests.ts';
import { WaitReports } from './waitReports.ts';

/** The most commands under way on one node; further ones fail as `busy`. A session keeps as many results. */
export const PENDING_REQUESTS_MAX = RESULTS_PER_SESSION_MAX;
/** The most that their values may take together, in UTF-16 units. */
const PENDING_LENGTH_MAX = 64 * 1024 * 1024;

/**
 * Each node has one. The node calls `tick`, `onLeader`, `onAppended`, `onTruncated`, `onApplied`, `onReadStates`,
 * `askForReads` and `takeProposals`; answers go through the host.
 */
export class ClientRequests {
  readonly #host: ClientHost;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #leaders = new KnownLeaders();
  readonly #logged: LoggedRequests;
  readonly #reads: ReadRequests;
  readonly #undecided: UndecidedRequests;
  readonly #waits: WaitReports;
  readonly #operations: OperationReports;
  #defaultRead: DefaultRead;
  #asked = 0;
  #pendingLength = 0;

  /** @param lastApplied the last index that the state machine has applied */
  constructor(host: ClientHost, lastApplied: Index) {
    this.#host = host;
    const { id, boot, clock, raft, trace } = host;
    this.#defaultRead = host.variant.defaultRead;
    const onForwarded = (pending: PendingRequest, to: NodeId): void => this.#tellForwarded(pending, to);
    this.#logged = new LoggedRequests(this.#leaders, {
      id,
      boot,
      clock,
      dataBytesMax: host.dataBytesMax,
      sessions: host.variant.sessions,
      onForwarded,
      onApplied: (pending, applied) => this.#answerLogged(pending, applied),
      onSessionLost: (pending) => this.#giveUp(pending, 'lost its client session'),
    });
    this.#reads = new ReadRequests(this.#leaders, lastApplied, {
      id, boot, clock, raft, onForwarded, onReadable: (pending, read) => this.#answerRead(pending, read),
    });
    this.#undecided = new UndecidedRequests(trace);
    this.#operations = new OperationReports(id, clock, trace);
    this.#waits = new WaitReports(clock, trace, (pending) => this.#operations.asked(pending));
  }

  /** Takes a client's request. The host gets the answer or the error within the request's timeout. */
  ask(requestId: number, asked: KvRequest): void {
    const request = withReadKind(asked, this.#defaultRead);
    const kind = readKindOf(request);
    const length = lengthOf(request.command);
    if (this.#pending.size >= PENDING_REQUESTS_MAX) {
      this.#fail(requestId, busyError(this.#name, `${PENDING_REQUESTS_MAX} commands`));
      return;
    }
    if (this.#pendingLength + length > PENDING_LENGTH_MAX) {
      this.#fail(requestId, busyError(this.#name, `${PENDING_LENGTH_MAX / 1024 / 1024} MiB of values`));
      return;
    }
    if (kind === 'lease' && this.#host.raft.readOnly !== 'lease') {
      this.#fail(requestId, leaseOffError());
      return;
    }
    this.#asked += 1;
    const pending: PendingRequest = {
      requestId,
      traceId: request.traceId ?? `${this.#host.id}.${this.#host.boot}.${this.#asked}`,
      request,
      askedAtMs: this.#host.clock.nowMs(),
      askedTraceMs: this.#host.clock.traceMs(),
      forwardedAtMs: undefined,
      deadline: this.#host.clock.after(request.timeoutMs, () => this.#giveUp(pending)),
    };
    this.#pending.set(requestId, pending);
    this.#pendingLength += length;
    this.#host.trace.addDetail('clientAsked', () => (
      { type: 'clientAsked', requestId: pending.traceId, client: request.client, text: textOf(request) }
    ));
    switch (kind) {
      case undefined:
      case 'log':
        this.#logged.add(pending);
        return;
      case 'read-index':
      case 'lease':
        this.#reads.add(pending, kind === 'read-index');
        return;
      case 'stale':
        this.#answerRead(pending, undefined);
    }
  }

  /** The client will ask nothing more: the node need not keep its session. */
  forget(client: string): void {
    this.#logged.leave(client);
  }

  /** How reads are answered from now on that do not say how. */
  setDefaultRead(defaultRead: DefaultRead): void {
    this.#defaultRead = defaultRead;
  }

  /** Whether this node leads, as far as it knows. */
  get leads(): boolean {
    return this.#leaders.leader === this.#host.id;
  }

  tick(): void {
    this.#logged.tick();
    this.#reads.tick();
    this.#waits.tick(this.#pending.values(), (pending) => (
      isLogged(pending) ? this.#logged.waitOf(pending) : this.#reads.waitOf(pending)
    ));
  }

  /** A leader became known; NONE: no leader is known. */
  onLeader(leader: NodeId, term: Term): void {
    this.#leaders.note(leader, term);
  }

  /** What should be proposed now. It counts as tried, unless `notTaken` undoes that. */
  takeProposals(): readonly Uint8Array[] {
    return this.#logged.takeProposals();
  }

  /** What the trace calls the request that such a proposal is for; undefined for a client's registration. */
  traceIdOf(data: Uint8Array): string | undefined {
    return this.#logged.requestOf(data)?.traceId;
  }

  /** The core took none of these: they never entered a log. */
  notTaken(data: readonly Uint8Array[]): void {
    this.#logged.notTaken(data);
  }

  /** Asks for the read indexes that are due. */
  askForReads(): void {
    this.#reads.ask();
  }

  /** Read indexes came out of the core. */
  onReadStates(states: readonly ReadState[]): void {
    this.#reads.onReadStates(states);
  }

  /** Entries are in this node's log. */
  onAppended(entries: readonly Entry[]): void {
    this.#logged.onAppended(entries);
    this.#undecided.onAppended(entries);
  }

  /** The entries from `index` on were discarded from this node's log. */
  onTruncated(index: Index): void {
    this.#logged.onTruncated(index);
  }

  /** A snapshot replaced the state machine: this node has not applied every entry that it covers. */
  onSnapshot(): void {
    this.#logged.onSnapshot();
    this.#undecided.onSnapshot();
  }

  /** An entry of type `command` was applied on this node. */
  onCommandApplied(entry: Entry, result: KvResult): void {
    this.#logged.onApplied(entry, result);
    this.#undecided.onCommandApplied(entry, result);
  }

  /** Everything up to `lastApplied` was applied on this node. */
  onApplied(lastApplied: Index): void {
    this.#reads.onApplied(lastApplied);
    this.#undecided.onApplied(() => this.#termAt(lastApplied));
  }

  /** The node ends: every waiting request fails. */
  close(): void {
    for (const pending of [...this.#pending.values()]) {
      this.#giveUp(pending, 'stopped before it answered');
    }
  }

  #answer(requestId: number, answer: KvAnswer): void {
    this.#host.answers.post({ type: 'kvAnswer', requestId, answer });
  }

  #fail(requestId: number, error: LabErrorData): void {
    this.#host.answers.post({ type: 'requestFailed', requestId, error });
  }

  /** The term of an applied entry; 0 where it is not known. */
  #termAt(index: Index): Term {
    return this.#host.raft.termAt(index) ?? 0;
  }

  get #name(): NodeName {
    return nodeNameOf(this.#host.id);
  }

  #tellForwarded(pending: PendingRequest, to: NodeId): void {
    pending.forwardedAtMs ??= this.#host.clock.nowMs();
    this.#host.trace.addDetail('clientForwarded', () => (
      { type: 'clientForwarded', requestId: pending.traceId, to, text: textOf(pending.request) }
    ));
  }

  #answerLogged(pending: PendingRequest, { entry, result, tries, appendedAtMs }: AppliedRequest): void {
    const { index, term } = entry;
    const answeredAtMs = this.#host.clock.nowMs();
    const isRead = readKindOf(pending.request) !== undefined;
    const copies = this.#copies(pending, tries);
    const where = (): string => `index ${index}, term ${term}`;
    const end = { result, index, term, appendedAtMs, isApplied: true };
    if (result.type === 'refused') {
      this.#settle(pending, { outcome: 'refused', ...end }, () => `${result.message} (${where()})`);
    } else {
      this.#settle(pending, { outcome: 'ok', ...end }, () => {
        const parts = [describeShortfall(result), where(), copies === undefined ? '' : copiesWords(copies)];
        return parts.filter((part) => part !== undefined && part !== '').join(', ');
      });
    }
    this.#answer(pending.requestId, {
      result,
      index,
      term,
      ...this.#routeBy(this.#leaders.of(term)),
      tries: Math.max(1, tries),
      timing: {
        totalMs: answeredAtMs - pending.askedAtMs,
        appendedMs: appendedAtMs === undefined ? null : appendedAtMs - pending.askedAtMs,
        committedMs: appendedAtMs === undefined ? null : answeredAtMs - appendedAtMs,
      },
      ...(copies === undefined ? {} : { mayHaveAppliedTimes: copies }),
      ...(isRead ? { read: { ...NOT_CONFIRMED, kind: 'log', readIndex: index } } : {}),
    });
  }

  /**
   * How many copies of a write were sent, if that is more than one and no session makes them take effect once (Raft
   * §8); undefined otherwise.
   */
  #copies({ request }: PendingRequest, tries: number): number | undefined {
    return this.#host.variant.sessions || readKindOf(request) !== undefined || tries <= 1 ? undefined : tries;
  }

  /** @param confirmed undefined for a stale read */
  #answerRead(pending: PendingRequest, confirmed: ConfirmedRead | undefined): void {
    // Only reads come here.
    const { result, index } = this.#host.applier.read(pending.request.command as ReadCommand);
    const answeredAtMs = this.#host.clock.nowMs();
    const { askedAtMs } = pending;
    const readIndex = confirmed === undefined ? '' : `read index ${confirmed.readIndex}, `;
    const term = this.#termAt(index);
    const end = { result, index, term, confirmedAtMs: confirmed?.confirmedAtMs, isApplied: true };
    this.#settle(pending, { outcome: 'ok', ...end }, () => `${readIndex}as of index ${index}`);
    this.#answer(pending.requestId, {
      result,
      index,
      term,
      ...(confirmed === undefined
        ? { ...this.#routeBy(this.#leaders.leader), route: [this.#name], hops: 0 }
        : this.#routeBy(confirmed.leader)),
      tries: confirmed?.tries ?? 1,
      timing: { totalMs: answeredAtMs - askedAtMs, appendedMs: null, committedMs: null },
      read: confirmed === undefined ? { ...NOT_CONFIRMED, kind: 'stale', readIndex: null } : {
        kind: readKindOf(pending.request) ?? 'read-index',
        readIndex: confirmed.readIndex,
        confirmedBy: confirmed.confirmedBy,
        batchSize: confirmed.batchSize,
        confirmedMs: confirmed.confirmedAtMs - askedAtMs,
        appliedMs: answeredAtMs - confirmed.confirmedAtMs,
      },
    });
  }

  #routeBy(leader: NodeId): Pick<KvAnswer, 'route' | 'leader' | 'hops'> {
    if (leader === NONE) {
      return { route: [this.#name], leader: null, hops: 0 };
    }
    const name = nodeNameOf(leader);
    const route = leader === this.#host.id ? [this.#name] : [this.#name, name];
    return { route, leader: name, hops: route.length - 1 };
  }

  /** The deadline has passed, or the node ends. The error says exactly if the command may still take effect. */
  #giveUp(pending: PendingRequest, how?: string): void {
    const tries = this.#logged.triesOf(pending);
    const error: LabErrorData = unansweredError(pending.request, {
      name: this.#name,
      ...this.#host.visibility(),
      knowsLeader: this.#leaders.leader !== NONE,
      wasProposed: tries > 0,
      copies: this.#copies(pending, tries),
      awaitsSession: this.#host.variant.sessions,
      awaitsFirstProposal: this.#host.raft.awaitsFirstProposal,
      how,
    });
    // A request whose session was lost may have been applied out of sight; of what a node that ends has asked, nothing
    // more is seen either.
    const undecided = error.code === 'unknown-outcome' && how === undefined
      ? this.#logged.undecidedOf(pending) : undefined;
    const outcome = error.code === 'unknown-outcome' ? 'unknown' : 'refused';
    const appendedAtMs = this.#logged.appendedAtMsOf(pending);
    const operation = this.#settle(pending, { outcome, appendedAtMs }, () => error.message);
    if (undecided !== undefined) {
      this.#undecided.add({ requestId: pending.traceId, text: textOf(pending.request), operation }, undecided);
    }
    this.#fail(pending.requestId, error);
  }

  #settle(
    pending: PendingRequest, end: OperationEnd, detail: () => string,
  ): ClientOperation {
    pending.deadline.cancel();
    this.#pending.delete(pending.requestId);
    this.#pendingLength -= lengthOf(pending.request.command);
    this.#logged.remove(pending);
    this.#reads.remove(pending);
    this.#waits.remove(pending);
    const totalMs = this.#host.clock.nowMs() - pending.askedAtMs;
    this.#host.trace.addDetail('clientAnswered', () => ({
      type: 'clientAnswered',
      requestId: pending.traceId,
      text: textOf(pending.request),
      outcome: end.outcome,
      detail: detail(),
      totalMs,
    }));
    return this.#operations.ended(pending, end);
  }
}

/** Whether a request goes through the log. */
function isLogged({ request }: PendingRequest): boolean {
  const kind = readKindOf(request);
  return kind === undefined || kind === 'log';
}

/** What a command's values take, in UTF-16 units; all else in it is short. */
function lengthOf(command: KvCommand): number {
  switch (command.op) {
    case 'put':
      return command.value.length;
    case 'cas':
      return (command.expected?.length ?? 0) + command.value.length;
    default:
      return 0;
  }
}

/** The fields of an answer to a read that needs no confirmed read index. */
const NOT_CONFIRMED = { confirmedBy: null, batchSize: 1, confirmedMs: null, appliedMs: null } as const;
