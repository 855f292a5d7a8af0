/** One Raft node: the core with its log on disk, its state machine, its clients, and its turns. */
import type { LabErrorData } from '../../contract/errors.ts';
import { ProposalDropped, RaftNode } from '../../raft/index.ts';
import type { Message, RaftEvent, Ready } from '../../raft/index.ts';
import type { Pace } from '../../trace/events.ts';
import type { SnapshotMessage } from '../../wire/index.ts';
import { Applier } from './applier.ts';
import { ClientRequests } from '../clients/clientRequests.ts';
import { PROPOSED_AT_ONCE_BYTES } from '../clients/loggedRequests.ts';
import { ClusterRequests } from '../clients/clusterRequests.ts';
import { ClockWatch } from '../clockWatch.ts';
import { CommitNotices } from './commitNotices.ts';
import { COMPACTION_DEFAULTS } from '../snapshots/compactionPolicy.ts';
import { Inbox } from './inbox.ts';
import type { Network } from '../net/network.ts';
import { networkSettingsOf } from '../net/networkSettings.ts';
import type { NodeLoop } from './nodeLoop.ts';
import type { Outlet } from '../outlet.ts';
import { randomizedElectionTimeout, remainingElectionTicks, timesOf } from '../pace.ts';
import { visibilityOf } from '../net/peers.ts';
import type { NodeConfiguration, NodeToLab, NodeTraceBody } from '../protocol.ts';
import { ENTRIES_BYTES_PER_MESSAGE_MAX, proposalBatches } from './proposalBatches.ts';
import { ProposalGathering } from './proposalGathering.ts';
import { seededRandom } from '../random.ts';
import { ReadyWriter } from './readyWriter.ts';
import { restoreStateMachine } from '../snapshots/snapshotLoader.ts';
import { NodeSnapshots } from '../snapshots/snapshots.ts';
import type { RaftStorage } from '../storage/raftStorage.ts';
import type { EmitDetail, TraceBuffer } from '../trace/traceBuffer.ts';
import { reportUndelivered } from '../net/undelivered.ts';

/** A clock that jumps by less does not endanger a lease, which has a tick to spare (raft/lease.ts). */
const CLOCK_JUMP_TICKS = 0.5;

export interface RaftServerHost {
  readonly storage: RaftStorage;
  readonly loop: NodeLoop;
  readonly trace: TraceBuffer;
  readonly outlet: Outlet<NodeToLab>;
  /** Undefined until the socket is bound. */
  readonly network: () => Network | undefined;
}

/**
 * All inputs are queued and taken in one pass per turn of the event loop (`turn`): what arrived together is stepped
 * together and shares one transaction.
 */
export class RaftServer {
  readonly raft: RaftNode;
  readonly applier: Applier;
  readonly snapshots: NodeSnapshots;
  readonly clients: ClientRequests;
  readonly cluster: ClusterRequests;
  readonly writer: ReadyWriter;
  readonly #configuration: NodeConfiguration;
  readonly #host: RaftServerHost;
  readonly #gathering = new ProposalGathering(() => this.#host.loop.schedule());
  readonly #notices = new CommitNotices((message) => this.#network?.send(message));
  readonly #inbox = new Inbox();
  readonly #clockWatch = new ClockWatch();
  /** Messages that the network gave up since the last turn. */
  readonly #undelivered: Message[] = [];
  #tickCount = 0;
  #heartbeatTicks: number;

  constructor(configuration: NodeConfiguration, host: RaftServerHost) {
    this.#configuration = configuration;
    this.#host = host;
    const { storage, loop, trace, outlet } = host;
    const emit = (event: NodeTraceBody): void => trace.add(event);
    const emitDetail: EmitDetail = (type, make) => trace.addDetail(type, make);
    this.writer = new ReadyWriter(storage, emit);
    const { lastIncludedIndex } = storage.snapshots.current;
    this.applier = new Applier(restoreStateMachine(storage), lastIncludedIndex, {
      applyConfigurationChange: (change) => this.raft.applyConfigurationChange(change),
      onCommandApplied: (entry, result) => this.clients.onCommandApplied(entry, result),
      emitDetail,
    });
    this.snapshots = new NodeSnapshots({
      id: configuration.id,
      storage,
      settings: configuration.compaction ?? COMPACTION_DEFAULTS,
      datagramBytesMax: networkSettingsOf(configuration).datagramBytesMax,
      raft: () => this.raft,
      stateMachine: () => this.applier.stateMachine,
      lastApplied: () => this.applier.lastApplied,
      tickMs: () => loop.tickMs,
      writeCommitIndex: () => this.writer.writeWaiting(),
      send: (message) => this.#network?.sendSnapshotMessage(message),
      emit,
    });
    const times = timesOf(configuration.pace);
    this.#heartbeatTicks = times.heartbeatTicks;
    this.raft = new RaftNode({
      id: configuration.id,
      ...times,
      ...(configuration.promisedMs === undefined
        ? {} : { promisedTicks: Math.ceil(configuration.promisedMs / times.tickMs) }),
      randomizedElectionTimeout: randomizedElectionTimeout(seededRandom(configuration.seed)),
      storage: this.snapshots.logStorage,
      applied: this.applier.lastApplied,
      readOnly: configuration.leaseReads === true ? 'lease' : 'read-index',
      maxEntriesBytesPerMessage: ENTRIES_BYTES_PER_MESSAGE_MAX,
    });
    const fail = (requestId: number, error: LabErrorData): void => {
      outlet.post({ type: 'requestFailed', requestId, error });
    };
    this.clients = new ClientRequests({
      id: configuration.id,
      boot: storage.boot,
      dataBytesMax: configuration.dataBytesMax,
      visibility: () => visibilityOf(this.raft.status(), this.#network?.peers, this.#tickCount),
      allowsLeaseReads: () => this.raft.readOnly === 'lease',
      readIndex: (context, needsRound) => this.raft.readIndex(context, needsRound),
      read: (command) => this.applier.read(command),
      termAt: (index) => this.raft.termAt(index) ?? 0,
      emitDetail,
      answer: (requestId, answer) => outlet.post({ type: 'kvAnswer', requestId, answer }),
      fail,
    }, this.applier.lastApplied);
    this.cluster = new ClusterRequests({
      raft: this.raft,
      done: (requestId) => outlet.post({ type: 'done', requestId }),
      transferred: (requestId, answer) => outlet.post({ type: 'leadershipTransferred', requestId, answer }),
      fail,
    });
  }

  // ---- What arrives -------------------------------------------------------------------------------------------------

  /** Queues a peer's message for the next turn. */
  receive(message: Message): void {
    if (message.type === 'InstallSnapshot') {
      // Snapshots come in chunks; only what was received that way is in the file and can be installed.
      this.#network?.countDropped('malformed');
      return;
    }
    if (!this.#inbox.add(message)) {
      this.#network?.countDropped('queue-full');
    }
    this.#host.loop.schedule();
  }

  /** Queues a piece of a snapshot, or the answer to one, for the next turn. */
  receiveSnapshotMessage(message: SnapshotMessage): void {
    this.#network?.peers.heard(message.from, this.#tickCount);
    if (!this.snapshots.enqueue(message)) {
      this.#network?.countDropped('queue-full');
    }
    this.#host.loop.schedule();
  }

  /** The network gave this message up; the core is told in the next turn. */
  noteUndelivered(message: Message): void {
    this.#undelivered.push(message);
    this.#host.loop.schedule();
  }

  /** The interval of a leader's heartbeats. */
  get heartbeatMs(): number {
    return this.#heartbeatTicks * this.#host.loop.tickMs;
  }

  setPace(pace: Pace): void {
    const { loop, trace } = this.#host;
    const times = timesOf(pace);
    loop.setTickMs(times.tickMs);
    this.#heartbeatTicks = times.heartbeatTicks;
    this.raft.setTicks(times);
    const remainingTicks = remainingElectionTicks(this.raft.status());
    if (remainingTicks !== undefined) {
      trace.add({ type: 'electionTimerStarted', timeoutMs: remainingTicks * loop.tickMs });
    }
  }

  /** Fails the clients' requests that wait, and drops everything else that is queued or under way. */
  close(): void {
    this.clients.close();
    this.snapshots.close();
    this.#notices.close();
    this.#gathering.close();
  }

  // ---- The turn -----------------------------------------------------------------------------------------------------

  /**
   * Takes all inputs that have gathered, and does what the core asks for.
   * @param dueTicks ticks that have passed since the last turn
   * @param lostTicks ticks that have passed and are not made up for
   */
  turn(dueTicks: number, lostTicks: number): void {
    if (lostTicks > 0 || this.#clockWatch.hasJumped(CLOCK_JUMP_TICKS * this.#host.loop.tickMs)) {
      this.raft.forgetLease();
    }
    // With leases, the time that has passed counts before the messages that came meanwhile. Without leases, a heartbeat
    // that has arrived counts before the tick that would have missed it (docs/decisions/0031).
    const ticksFirst = this.raft.readOnly === 'lease';
    if (ticksFirst) this.#tick(dueTicks);
    for (const message of this.#inbox.take()) {
      this.#network?.peers.heard(message.from, this.#tickCount);
      this.#notices.noteReceived(message, this.#tickCount);
      this.cluster.noteReceived(message);
      if (this.raft.step(message) === 'malformed') this.#network?.countDropped('malformed');
    }
    reportUndelivered(this.raft, this.#undelivered.splice(0));
    const mayTakeMore = this.snapshots.takeArrived();
    if (!ticksFirst) this.#tick(dueTicks);
    // Clients whose entries were committed are answered before the disk is written for later requests.
    this.#work();
    this.#proposeWhatIsDue();
    this.clients.askForReads();
    this.#work();
    if (this.snapshots.work() || mayTakeMore) {
      this.#host.loop.schedule();
    }
  }

  #tick(dueTicks: number): void {
    for (let tick = 0; tick < dueTicks; tick += 1) {
      this.#tickCount += 1;
      this.raft.tick();
      this.clients.tick();
      this.cluster.tick();
    }
    const counters = dueTicks > 0 ? this.#network?.takeCounters() : undefined;
    if (counters !== undefined) {
      this.#host.trace.add({ type: 'counters', counters });
    }
  }

  #proposeWhatIsDue(): void {
    const isUnderWay = this.clients.leads && this.#host.storage.lastIndex() > this.applier.lastApplied;
    if (!this.#gathering.isOver(isUnderWay)) {
      return;
    }
    const proposals = this.clients.takeProposals();
    for (const batch of proposalBatches(proposals)) {
      try {
        this.raft.propose(...batch);
      } catch (error) {
        if (!(error instanceof ProposalDropped)) {
          throw error;
        }
        this.clients.notTaken(batch);
      }
    }
    if (proposals.reduce((bytes, { length }) => bytes + length, 0) >= PROPOSED_AT_ONCE_BYTES) {
      this.#host.loop.schedule(); // more may be due
    }
  }

  /**
   * Does what the core asks for, in the order that the core prescribes (raft/index.ts), until it asks for nothing more.
   */
  #work(): void {
    this.#emitRaftEvents();
    while (this.raft.hasReady()) {
      const ready = this.raft.ready();
      this.#emitRaftEvents();
      if (ready.mustSync) {
        this.#send(ready.messagesBeforePersist);
        this.#persist(ready);
        this.#send(ready.messages);
        this.#apply(ready);
      } else {
        // Nobody waits for the disk. Clients are answered first: each message wakes a thread that competes for a core.
        this.#persist(ready);
        this.#apply(ready);
        this.#host.outlet.flush();
        this.#send([...ready.messagesBeforePersist, ...ready.messages]);
      }
      this.raft.advance();
      this.#emitRaftEvents();
    }
    this.writer.writeOverdue(this.#tickCount);
  }

  #send(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.type === 'InstallSnapshot') {
        this.snapshots.send(message);
      } else if (message.from === this.#configuration.id) {
        // Messages of other nodes are not forwarded: a datagram names its sender, which will ask again itself.
        this.cluster.noteSent(message);
        this.#notices.send(message, this.#tickCount);
      }
    }
  }

  #persist(ready: Ready): void {
    const [first] = ready.entries;
    if (first !== undefined && first.index <= this.#host.storage.lastIndex()) {
      this.clients.onTruncated(first.index);
    }
    this.writer.write(ready, this.#tickCount);
    this.clients.onAppended(ready.entries);
  }

  #apply({ snapshot, committedEntries, readStates }: Ready): void {
    if (snapshot !== undefined) {
      this.applier.install(this.snapshots.takeInstalled(snapshot), snapshot.lastIncludedIndex);
      this.clients.onSnapshot();
    }
    this.applier.apply(committedEntries);
    this.clients.onApplied(this.applier.lastApplied);
    this.clients.onReadStates(readStates);
    this.snapshots.onApplied(committedEntries);
  }

  #emitRaftEvents(): void {
    for (const event of this.raft.takeEvents()) {
      this.#host.trace.add(event);
      this.#notice(event);
    }
  }

  #notice(event: RaftEvent): void {
    if (event.type === 'leaderChanged') {
      this.clients.onLeader(event.leader, event.term);
      this.cluster.onLeader(event.leader, event.term);
    } else if (event.type === 'electionTimerReset') {
      const { loop, trace } = this.#host;
      trace.add({ type: 'electionTimerStarted', timeoutMs: event.timeoutTicks * loop.tickMs });
    }
  }

  get #network(): Network | undefined {
    return this.#host.network();
  }
}
