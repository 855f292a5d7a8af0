/** A server's turn: it takes all inputs that have gathered, and does what the core asks for. */
import { invariant } from '../../raft/assert.ts';
import { ProposalDropped } from '../../raft/index.ts';
import type { Message, RaftEvent, Ready } from '../../raft/index.ts';
import type { EventCause } from '../../trace/events.ts';
import { PROPOSED_AT_ONCE_BYTES } from '../clients/loggedRequests.ts';
import { reportUndelivered } from '../net/undelivered.ts';
import type { NodeMessage } from '../net/outbox.ts';
import type { ServerParts } from '../parts.ts';
import type { TurnWorld } from '../trace/turnTrace.ts';
import { CommitNotices } from './commitNotices.ts';
import type { Inbox } from './inbox.ts';
import { proposalBatches } from './proposalBatches.ts';
import { ProposalGathering } from './proposalGathering.ts';
import { DISK, REQUEST, TIMER, TurnCauses } from './turnCauses.ts';

/** What has gathered since the last turn. */
export interface Arrived {
  readonly inbox: Inbox;
  /** Messages that the network gave up. */
  readonly undelivered: NodeMessage[];
}

/**
 * What arrived together is stepped together and shares one transaction. A turn is a generator: it rests while the disk
 * works, and goes on when the store says that the change is on stable storage. A file says so at once.
 */
export class Turn {
  readonly #parts: ServerParts;
  readonly #world: TurnWorld;
  readonly #arrived: Arrived;
  readonly #gathering: ProposalGathering;
  readonly #notices: CommitNotices;
  readonly #causes: TurnCauses;
  #steps: Generator<void, void> | undefined;

  constructor(parts: ServerParts, world: TurnWorld, arrived: Arrived) {
    this.#parts = parts;
    this.#world = world;
    this.#arrived = arrived;
    this.#gathering = new ProposalGathering(world.clock, world.pacemaker);
    this.#notices = new CommitNotices(world.clock, (message) => this.#post(message));
    this.#causes = new TurnCauses(parts.raft);
  }

  /**
   * @param dueTicks ticks that have passed since the last turn
   * @param isTimeLost whether time has passed that is not among them, or it is not known how much has
   */
  run(dueTicks: number, isTimeLost: boolean): void {
    invariant(this.#steps === undefined, () => 'a turn was begun while another rests');
    this.#steps = this.#turn(dueTicks, isTimeLost);
    this.#goOn();
  }

  /** Drops everything that is queued or under way. */
  close(): void {
    this.#steps = undefined;
    this.#notices.close();
    this.#gathering.close();
  }

  #goOn(): void {
    if (this.#steps?.next().done === true) {
      this.#steps = undefined;
    }
  }

  * #turn(dueTicks: number, isTimeLost: boolean): Generator<void, void> {
    const { raft, snapshots, clients } = this.#parts;
    const { trace } = this.#world;
    // Between two turns only requests reach the core; before the first one it was made.
    this.#input(trace.turn === 1 ? undefined : REQUEST, () => undefined);
    if (isTimeLost) {
      raft.forgetLease();
    }
    // With leases, the time that has passed counts before the messages that came meanwhile. Without leases, a heartbeat
    // that has arrived counts before the tick that would have missed it (docs/decisions/0031).
    const ticksFirst = raft.readOnly === 'lease';
    if (ticksFirst) this.#tick(dueTicks);
    this.#takeMessages();
    reportUndelivered(raft, this.#arrived.undelivered.splice(0));
    const mayTakeMore = snapshots.takeArrived();
    if (!ticksFirst) this.#tick(dueTicks);
    // Clients whose entries were committed are answered before the disk is written for later requests.
    yield* this.#work();
    this.#proposeWhatIsDue();
    this.#input(REQUEST, () => clients.askForReads());
    yield* this.#work();
    if (snapshots.work() || mayTakeMore) {
      this.#world.pacemaker.schedule();
    }
    trace.endTurn();
  }

  /** The core takes an input: what is new in it afterwards came about by that. */
  #input(cause: EventCause | undefined, take: () => void): void {
    const { trace } = this.#world;
    trace.because(cause);
    take();
    this.#emitRaftEvents();
    trace.because(undefined);
    this.#causes.note(cause);
  }

  #tick(dueTicks: number): void {
    const { raft, clients, cluster, network, ticks } = this.#parts;
    if (dueTicks > 0) {
      this.#input(TIMER, () => {
        for (let tick = 0; tick < dueTicks; tick += 1) {
          ticks.add();
          raft.tick();
          clients.tick();
          cluster.tick();
        }
      });
    }
    const counters = dueTicks > 0 ? network.takeCounters() : undefined;
    if (counters !== undefined) {
      this.#world.trace.add({ type: 'counters', counters });
    }
  }

  #takeMessages(): void {
    const { raft, cluster, network, ticks } = this.#parts;
    for (const { message, messageId } of this.#arrived.inbox.take()) {
      network.peers.heard(message.from, ticks.now);
      this.#notices.noteReceived(message, ticks.now);
      this.#input({ by: 'message', messageId }, () => {
        cluster.noteReceived(message);
        if (raft.step(message) === 'malformed') network.countDropped('malformed');
      });
    }
  }

  #proposeWhatIsDue(): void {
    const { raft, clients, applier } = this.#parts;
    const isUnderWay = clients.leads && this.#world.store.lastIndex() > applier.lastApplied;
    if (!this.#gathering.isOver(isUnderWay)) {
      return;
    }
    const proposals = clients.takeProposals();
    for (const batch of proposalBatches(proposals)) {
      this.#input(this.#causeOf(batch), () => {
        try {
          raft.propose(...batch);
        } catch (error) {
          if (!(error instanceof ProposalDropped)) {
            throw error;
          }
          clients.notTaken(batch);
        }
      });
    }
    if (proposals.reduce((bytes, { length }) => bytes + length, 0) >= PROPOSED_AT_ONCE_BYTES) {
      this.#world.pacemaker.schedule(); // more may be due
    }
  }

  #causeOf([first, ...others]: readonly Uint8Array[]): EventCause {
    const requestId = first === undefined || others.length > 0 ? undefined : this.#parts.clients.traceIdOf(first);
    return requestId === undefined ? REQUEST : { by: 'request', requestId };
  }

  // ---- What the core asks for ---------------------------------------------------------------------------------------

  /** Does it in the order that the core prescribes (raft/index.ts), until it asks for nothing more. */
  * #work(): Generator<void, void> {
    const { raft, writer, ticks } = this.#parts;
    const { answers, observer } = this.#world;
    this.#emitRaftEvents();
    while (raft.hasReady()) {
      const ready = raft.ready();
      this.#emitRaftEvents();
      observer?.onReady(ready);
      if (ready.mustSync) {
        this.#send(ready.messagesBeforePersist);
        yield* this.#persist(ready);
        observer?.onPersisted(ready);
        this.#send(ready.messages);
        this.#apply(ready);
      } else {
        // Nobody waits for the disk. Clients are answered first: each message wakes a thread that competes for a core.
        yield* this.#persist(ready);
        observer?.onPersisted(ready);
        this.#apply(ready);
        answers.flush();
        this.#send(ready.messagesBeforePersist);
        this.#send(ready.messages);
      }
      this.#input(ready.mustSync ? DISK : undefined, () => raft.advance());
    }
    yield* this.#untilWritten((written) => writer.writeOverdue(ticks.now, written));
  }

  #send(messages: readonly Message[]): void {
    const { raft, snapshots, cluster, ticks } = this.#parts;
    for (const message of messages) {
      if (message.type === 'InstallSnapshot') {
        this.#inCauseOf(message, () => snapshots.send(message));
      } else if (message.from === raft.id) {
        // Messages of other nodes are not forwarded: a datagram names its sender, which will ask again itself.
        cluster.noteSent(message);
        this.#notices.send(message, ticks.now);
      }
    }
  }

  /** Sends a message now, which may have been held back since an earlier turn. */
  #post(message: Message): void {
    this.#inCauseOf(message, () => this.#parts.network.send(message));
  }

  #inCauseOf(message: Message, send: () => void): void {
    const { trace } = this.#world;
    trace.because(this.#causes.of(message));
    send();
    trace.because(undefined);
  }

  * #persist(ready: Ready): Generator<void, void> {
    const { clients, writer, ticks } = this.#parts;
    const [first] = ready.entries;
    if (first !== undefined && first.index <= this.#world.store.lastIndex()) {
      clients.onTruncated(first.index);
    }
    yield* this.#untilWritten((written) => writer.write(ready, ticks.now, written));
    clients.onAppended(ready.entries);
  }

  /** Rests until a write is on stable storage. */
  * #untilWritten(write: (written: () => void) => void): Generator<void, void> {
    const { trace } = this.#world;
    const state = { isWritten: false, rests: false };
    trace.because(DISK);
    write(() => {
      state.isWritten = true;
      if (state.rests) this.#goOn();
    });
    if (!state.isWritten) {
      state.rests = true;
      yield;
    }
    trace.because(undefined);
    this.#countWriting();
  }

  /** The time that a write takes counts, too: a lease must not outlast it (dissertation §6.4.1). */
  #countWriting(): void {
    const { raft } = this.#parts;
    if (raft.readOnly === 'lease') {
      const { dueTicks, isTimeLost } = this.#world.pacemaker.takeTicks();
      if (isTimeLost) raft.forgetLease();
      this.#tick(dueTicks);
    }
  }

  #apply(ready: Ready): void {
    const { applier, clients, snapshots } = this.#parts;
    const { snapshot, committedEntries, readStates } = ready;
    if (snapshot !== undefined) {
      applier.install(snapshots.takeInstalled(snapshot), snapshot.lastIncludedIndex);
      clients.onSnapshot();
    }
    applier.apply(committedEntries, clients, this.#world.observer);
    clients.onApplied(applier.lastApplied);
    clients.onReadStates(readStates);
    snapshots.onApplied(committedEntries);
  }

  #emitRaftEvents(): void {
    const { trace, observer } = this.#world;
    for (const event of this.#parts.raft.takeEvents()) {
      trace.add(event);
      observer?.onEvent(event);
      this.#notice(event);
    }
  }

  #notice(event: RaftEvent): void {
    const { clients, cluster } = this.#parts;
    const { pacemaker, trace } = this.#world;
    if (event.type === 'leaderChanged') {
      clients.onLeader(event.leader, event.term);
      cluster.onLeader(event.leader, event.term);
    } else if (event.type === 'electionTimerReset') {
      trace.add({ type: 'electionTimerStarted', timeoutMs: event.timeoutTicks * pacemaker.tickMs });
    }
  }
}
