/** Requests that go through the log: proposed, tried again, recognised when they are applied (dissertation §6.3). */
import { encodeKvEntry } from '../../kv/index.ts';
import type { KvResult } from '../../kv/index.ts';
import { NONE } from '../../raft/index.ts';
import type { Entry, Index, NodeId } from '../../raft/index.ts';
import type { Clock } from '../world.ts';
import { ClientSessions } from './clientSessions.ts';
import type { ClientSession } from './clientSessions.ts';
import type { KnownLeaders } from './knownLeaders.ts';
import type { PendingRequest } from './pendingRequest.ts';
import { keyOf, newProposal, withPlace } from './proposal.ts';
import type { Proposal } from './proposal.ts';
import type { UndecidedProposal } from './undecidedRequests.ts';
import type { Wait } from './waitReports.ts';

/** One turn proposes no more than this, or a single entry: a turn that writes much is a turn without heartbeats. */
export const PROPOSED_AT_ONCE_BYTES = 1024 * 1024;

/** What logged requests need from their node, and how they report to it. */
export interface LoggedRequestsHost {
  readonly id: NodeId;
  readonly clock: Clock;
  readonly boot: number;
  /** As in ClientHost. */
  readonly dataBytesMax?: number | undefined;
  /** Whether clients have sessions; otherwise each command is plain. */
  readonly sessions: boolean;
  readonly onForwarded: (pending: PendingRequest, to: NodeId) => void;
  readonly onApplied: (pending: PendingRequest, applied: AppliedRequest) => void;
  /** Its session has expired, and the node cannot tell whether an earlier try took effect. */
  readonly onSessionLost: (pending: PendingRequest) => void;
}

/** A request's entry, applied on this node. */
export interface AppliedRequest {
  readonly entry: Entry;
  readonly result: KvResult;
  readonly tries: number;
  /** When the entry was in this node's log; undefined when that was not seen. */
  readonly appendedAtMs: number | undefined;
}

interface LoggedRequest {
  readonly pending: PendingRequest;
  session: ClientSession | undefined;
  sequence: number;
  proposal: Proposal | undefined;
  appendedAtMs: number | undefined;
  /** Tries under sessions that turned out to have expired. */
  earlierTries: number;
}

export class LoggedRequests {
  readonly #host: LoggedRequestsHost;
  readonly #leaders: KnownLeaders;
  readonly #sessions: ClientSessions;
  readonly #requests = new Map<PendingRequest, LoggedRequest>();
  /** The owner of a proposal's bytes, by their `keyOf`. */
  readonly #byData = new Map<string, LoggedRequest | ClientSession>();
  #nowTick = 0;
  #plainCount = 0;
  /** How often a snapshot replaced entries that this node had not applied; its own requests may be among them. */
  #skippedEntries = 0;

  constructor(leaders: KnownLeaders, host: LoggedRequestsHost) {
    this.#host = host;
    this.#leaders = leaders;
    this.#sessions = new ClientSessions(host.id, host.boot, host.dataBytesMax, ({ registration }) => {
      this.#byData.delete(registration.key); // without a quorum it would never be applied, and stay here
    });
  }

  add(pending: PendingRequest): void {
    this.#requests.set(pending, {
      pending, session: undefined, sequence: 0, proposal: undefined, appendedAtMs: undefined, earlierTries: 0,
    });
  }

  /** The request was answered or given up. */
  remove(pending: PendingRequest): void {
    const logged = this.#requests.get(pending);
    if (logged !== undefined) {
      this.#forgetProposal(logged);
      this.#requests.delete(pending);
      if (logged.session !== undefined) {
        this.#sessions.release(logged.session);
      }
    }
  }

  /** The client has left, and will ask nothing more. */
  leave(client: string): void {
    this.#sessions.leave(client);
  }

  /** The number of proposals whose entries are awaited. */
  get awaitedCount(): number {
    return this.#byData.size;
  }

  /** How often the request was proposed; 0: it is in no log. */
  triesOf(pending: PendingRequest): number {
    const logged = this.#requests.get(pending);
    return logged === undefined ? 0 : logged.earlierTries + (logged.proposal?.tries.count ?? 0);
  }

  /** When its entry was in this node's log; undefined when that was not seen. */
  appendedAtMsOf(pending: PendingRequest): number | undefined {
    return this.#requests.get(pending)?.appendedAtMs;
  }

  /** What the request waits for. */
  waitOf(pending: PendingRequest): Wait {
    const { session, proposal } = this.#requests.get(pending) ?? {};
    const awaitsSession = this.#host.sessions && session?.session === undefined;
    const appended = (awaitsSession ? session?.registration : proposal)?.appended;
    if (appended === undefined && this.#leaders.leader === NONE) {
      return { waitsFor: 'leader' };
    }
    return { waitsFor: awaitsSession ? 'session' : 'commit', ...appended };
  }

  /**
   * What the cluster may still do with a request that is given up. Undefined where that will never be seen: it was not
   * proposed, or is maybe among what a snapshot covers.
   */
  undecidedOf(pending: PendingRequest): UndecidedProposal | undefined {
    const { session, sequence, proposal } = this.#requests.get(pending) ?? {};
    if (sequence === undefined || proposal === undefined || proposal.mayBeInSnapshot) {
      return undefined;
    }
    const { key, tries, places } = proposal;
    return { key, session: session?.session, sequence, tries: tries.count, places };
  }

  tick(): void {
    this.#nowTick += 1;
  }

  /**
   * What should be proposed now: new requests, and those whose last try seems lost. They count as tried; `notTaken`
   * undoes that. What exceeds `PROPOSED_AT_ONCE_BYTES` waits for the next call.
   */
  takeProposals(): readonly Uint8Array[] {
    const { leader } = this.#leaders;
    if (this.#requests.size === 0 || leader === NONE) {
      return [];
    }
    const due = new Set<Proposal>();
    let bytes = 0;
    for (const logged of this.#requests.values()) {
      if (bytes >= PROPOSED_AT_ONCE_BYTES) {
        break;
      }
      const proposal = this.#nextProposalOf(logged);
      if (!due.has(proposal) && this.#isDue(proposal)) {
        due.add(proposal);
        bytes += proposal.data.length;
        if (leader !== this.#host.id && proposal === logged.proposal) {
          this.#host.onForwarded(logged.pending, leader);
        }
      }
    }
    for (const proposal of due) {
      proposal.tries.note(this.#leaders, this.#nowTick);
    }
    return [...due].map((proposal) => proposal.data);
  }

  /** The request that such a proposal is for; undefined for a client's registration. */
  requestOf(data: Uint8Array): PendingRequest | undefined {
    const owner = this.#byData.get(keyOf(data));
    return owner !== undefined && 'pending' in owner ? owner.pending : undefined;
  }

  /** The core took none of these: they never entered a log. */
  notTaken(data: readonly Uint8Array[]): void {
    for (const bytes of data) {
      const owner = this.#byData.get(keyOf(bytes));
      const proposal = owner === undefined ? undefined : proposalIn(owner);
      proposal?.tries.takeBack();
    }
  }

  /** Entries are in this node's log. */
  onAppended(entries: readonly Entry[]): void {
    if (this.#byData.size === 0) {
      return;
    }
    for (const entry of entries) {
      const owner = entry.type === 'command' ? this.#byData.get(keyOf(entry.data)) : undefined;
      const proposal = owner === undefined ? undefined : proposalIn(owner);
      if (owner === undefined || proposal === undefined) {
        continue;
      }
      proposal.appended = { index: entry.index, term: entry.term };
      proposal.places = withPlace(proposal.places, entry);
      if ('pending' in owner) {
        owner.appendedAtMs = this.#host.clock.nowMs();
      }
    }
  }

  /** The entries from `index` on were discarded from this node's log. */
  onTruncated(index: Index): void {
    for (const owner of this.#byData.values()) {
      const proposal = proposalIn(owner);
      if (proposal?.appended !== undefined && proposal.appended.index >= index) {
        proposal.appended = undefined;
      }
    }
  }

  /** A snapshot replaced the state machine: this node has not applied every entry that it covers. */
  onSnapshot(): void {
    this.#skippedEntries += 1;
    this.onTruncated(0);
    for (const owner of this.#byData.values()) {
      const proposal = proposalIn(owner);
      if (proposal !== undefined && proposal.tries.count > 0) {
        proposal.mayBeInSnapshot = true;
      }
    }
  }

  /** An entry of type `command` was applied on this node. */
  onApplied(entry: Entry, result: KvResult): void {
    const owner = this.#byData.size === 0 ? undefined : this.#byData.get(keyOf(entry.data));
    if (owner === undefined) {
      return;
    }
    if ('registration' in owner) {
      this.#byData.delete(owner.registration.key);
      owner.session = result.type === 'registered' ? result.session : undefined;
    } else if (result.type === 'refused' && result.code === 'session-expired') {
      this.#onSessionExpired(owner);
    } else {
      const { pending, appendedAtMs } = owner;
      this.#host.onApplied(pending, { entry, result, tries: this.triesOf(pending), appendedAtMs });
    }
  }

  /** What must get into the log next: the client's registration, or the command. */
  #nextProposalOf(logged: LoggedRequest): Proposal {
    if (!this.#host.sessions) {
      return this.#plainProposalOf(logged);
    }
    const session = this.#sessionOf(logged);
    return session.session === undefined
      ? session.registration
      : this.#proposalOf(logged, session, session.session);
  }

  #plainProposalOf(logged: LoggedRequest): Proposal {
    if (logged.proposal === undefined) {
      this.#plainCount += 1;
      const { id, boot, dataBytesMax } = this.#host;
      const { client, command } = logged.pending.request;
      logged.proposal = newProposal(encodeKvEntry({
        kind: 'plain',
        client,
        request: `${id}.${boot}.${this.#plainCount}`,
        ...(dataBytesMax === undefined ? {} : { dataBytesMax }),
        command,
      }));
      this.#byData.set(logged.proposal.key, logged);
    }
    return logged.proposal;
  }

  #sessionOf(logged: LoggedRequest): ClientSession {
    if (logged.session === undefined) {
      const session = this.#sessions.take(logged.pending.request.client);
      if (session.session === undefined) {
        this.#byData.set(session.registration.key, session);
      }
      logged.session = session;
    }
    return logged.session;
  }

  #proposalOf(logged: LoggedRequest, session: ClientSession, number: Index): Proposal {
    if (logged.proposal === undefined) {
      logged.sequence = session.nextSequence;
      session.nextSequence += 1;
      session.unanswered.add(logged.sequence);
      const { client, command } = logged.pending.request;
      const data = encodeKvEntry({
        kind: 'request',
        client,
        session: number,
        sequence: logged.sequence,
        // Sequence numbers are handed out in order, so the first one in the set is the lowest.
        acknowledgedBelow: session.unanswered.values().next().value ?? logged.sequence,
        command,
      });
      logged.proposal = newProposal(data);
      this.#byData.set(logged.proposal.key, logged);
    }
    return logged.proposal;
  }

  /** Whether to propose (again). An entry in this node's own log will be committed there or be truncated. */
  #isDue(proposal: Proposal): boolean {
    const isInLog = proposal.tries.count > 0 && proposal.appended !== undefined;
    return !isInLog && proposal.tries.isDue(this.#leaders, this.#nowTick);
  }

  /**
   * All entries pass through this node in order. If the request comes by for the first time, no earlier try took
   * effect, and none will: the session stays expired. After a snapshot has skipped entries, the node cannot know this.
   */
  #onSessionExpired(logged: LoggedRequest): void {
    if (logged.session !== undefined) {
      this.#sessions.forget(logged.session);
    }
    if (this.#skippedEntries > 0 && logged.proposal !== undefined && logged.proposal.tries.count > 1) {
      this.#host.onSessionLost(logged.pending);
      return;
    }
    this.#forgetProposal(logged);
    if (logged.session !== undefined) {
      this.#sessions.release(logged.session);
      logged.session = undefined;
    }
  }

  #forgetProposal(logged: LoggedRequest): void {
    if (logged.proposal !== undefined) {
      logged.earlierTries += logged.proposal.tries.count;
      this.#byData.delete(logged.proposal.key);
      logged.session?.unanswered.delete(logged.sequence);
      logged.proposal = undefined;
    }
  }
}

function proposalIn(owner: LoggedRequest | ClientSession): Proposal | undefined {
  return 'registration' in owner ? owner.registration : owner.proposal;
}
