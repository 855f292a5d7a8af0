/** One running node: the Raft core with its disk, its network, its clock and its state machine around it. */
import type { LabErrorData } from '../contract/errors.ts';
import { ProposalDropped, RaftNode } from '../raft/index.ts';
import type { Message, RaftEvent, Ready } from '../raft/index.ts';
import type { Pace } from '../trace/events.ts';
import { Applier } from './applier.ts';
import type { SnapshotMessage } from '../wire/index.ts';
import { ClientRequests } from './clients/clientRequests.ts';
import { ClusterRequests } from './clusterRequests.ts';
import { CommitNotices } from './commitNotices.ts';
import { COMPACTION_DEFAULTS } from './compactionPolicy.ts';
import { failureOf } from './failure.ts';
import { Inbox } from './inbox.ts';
import { Network } from './network.ts';
import { networkSettingsOf } from './networkSettings.ts';
import { NodeLoop } from './nodeLoop.ts';
import { nodeStanding, restatedEvent } from './nodeStanding.ts';
import type { NodeStanding } from './nodeStanding.ts';
import { openStorage } from './openStorage.ts';
import type { Outlet } from './outlet.ts';
import { randomizedElectionTimeout, remainingElectionTicks, timesOf } from './pace.ts';
import { visibilityOf } from './peers.ts';
import type { LabToNode, NodeConfiguration, NodeToLab, NodeTraceBody } from './protocol.ts';
import { ENTRIES_BYTES_PER_MESSAGE_MAX, proposalBatches } from './proposalBatches.ts';
import { ProposalGathering } from './proposalGathering.ts';
import { seededRandom } from './random.ts';
import { ReadyWriter } from './readyWriter.ts';
import { restoreStateMachine } from './snapshotLoader.ts';
import { NodeSnapshots } from './snapshots.ts';
import type { RaftStorage } from './storage/raftStorage.ts';
import { TraceBuffer } from './traceBuffer.ts';
import type { EmitDetail } from './traceBuffer.ts';
import { reportUndelivered } from './undelivered.ts';

/**
 * All inputs are queued and taken in one pass a turn of the event loop (`#turn`): what arrived together is stepped
 * together
 * and shares one transaction.
 */
export class NodeRuntime {
  readonly #configuration: NodeConfiguration;
  readonly #outlet: Outlet<NodeToLab>;
  readonly #trace: TraceBuffer;
  readonly #loop: NodeLoop;
  readonly #storage: RaftStorage;
  readonly #writer: ReadyWriter;
  readonly #applier: Applier;
  readonly #snapshots: NodeSnapshots;
  readonly #raft: RaftNode;
  readonly #clients: ClientRequests;
  readonly #cluster: ClusterRequests;
  readonly #gathering = new ProposalGathering(() => this.#loop.schedule());
  readonly #notices = new CommitNotices((message) => this.#network?.send(message));
  #network: Network | undefined;
  #tickCount = 0;
  readonly #inbox = new Inbox();
  /** Messages that the network gave up since the last turn. */
  readonly #undelivered: Message[] = [];
  #ended = false;

  /**
   * Opens the file, binds the socket and starts the clock.
   * @throws {LabError} when the node cannot run; nothing is left open
   */
  static async start(configuration: NodeConfiguration, outlet: Outlet<NodeToLab>): Promise<NodeRuntime> {
    const openedAtMs = performance.now();
    const storage = openStorage(configuration);
    let runtime: NodeRuntime | undefined;
    try {
      runtime = new NodeRuntime(configuration, outlet, storage);
      await runtime.#open(performance.now() - openedAtMs);
      return runtime;
    } catch (error) {
      if (runtime !== undefined) {
        runtime.#end();
      }
      storage.close();
      throw error;
    }
  }

  private constructor(configuration: NodeConfiguration, outlet: Outlet<NodeToLab>, storage: RaftStorage) {
    this.#configuration = configuration;
    this.#outlet = outlet;
    this.#storage = storage;
    this.#trace = new TraceBuffer({
      send: (events, dropped) => outlet.post({ type: 'events', events, dropped }),
      restate: () => restatedEvent(this.#standing, this.#raft.status()),
    });
    const { tickMs, ...ticks } = timesOf(configuration.pace);
    this.#loop = new NodeLoop({
      tickMs,
      pauseFlag: configuration.pauseFlag,
      turn: (dueTicks, lostTicks) => this.#guard(() => this.#turn(dueTicks, lostTicks)),
      beforePause: () => {
        this.#trace.flush();
        outlet.flush();
      },
    });
    const emit = (event: NodeTraceBody): void => this.#trace.add(event);
    const emitDetail: EmitDetail = (type, make) => this.#trace.addDetail(type, make);
    this.#writer = new ReadyWriter(storage, emit);
    const { lastIncludedIndex } = storage.snapshots.current;
    this.#applier = new Applier(restoreStateMachine(storage), lastIncludedIndex, {
      applyConfigurationChange: (change) => this.#raft.applyConfigurationChange(change),
      onCommandApplied: (entry, result) => this.#clients.onCommandApplied(entry, result),
      emitDetail,
    });
    this.#snapshots = new NodeSnapshots({
      id: configuration.id,
      storage,
      settings: configuration.compaction ?? COMPACTION_DEFAULTS,
      datagramBytesMax: networkSettingsOf(configuration).datagramBytesMax,
      raft: () => this.#raft,
      stateMachine: () => this.#applier.stateMachine,
      lastApplied: () => this.#applier.lastApplied,
      tickMs: () => this.#loop.tickMs,
      writeCommitIndex: () => this.#writer.writeWaiting(),
      send: (message) => this.#network?.sendSnapshotMessage(message),
      emit,
    });
    this.#raft = new RaftNode({
      id: configuration.id,
      ...ticks,
      randomizedElectionTimeout: randomizedElectionTimeout(seededRandom(configuration.seed)),
      storage: this.#snapshots.logStorage,
      applied: this.#applier.lastApplied,
      readOnly: configuration.leaseReads === true ? 'lease' : 'read-index',
      maxEntriesBytesPerMessage: ENTRIES_BYTES_PER_MESSAGE_MAX,
    });
    const fail = (requestId: number, error: LabErrorData): void => {
      outlet.post({ type: 'requestFailed', requestId, error });
    };
    this.#clients = new ClientRequests({
      id: configuration.id,
      boot: storage.boot,
      visibility: () => visibilityOf(this.#raft.status(), this.#network?.peers, this.#tickCount),
      allowsLeaseReads: () => this.#raft.readOnly === 'lease',
      readIndex: (context, needsRound) => this.#raft.readIndex(context, needsRound),
      read: (command) => this.#applier.read(command),
      termAt: (index) => this.#raft.termAt(index) ?? 0,
      emitDetail,
      answer: (requestId, answer) => outlet.post({ type: 'kvAnswer', requestId, answer }),
      fail,
    }, this.#applier.lastApplied);
    this.#cluster = new ClusterRequests({
      raft: this.#raft,
      done: (requestId) => outlet.post({ type: 'done', requestId }),
      transferred: (requestId, answer) => outlet.post({ type: 'leadershipTransferred', requestId, answer }),
      fail,
    });
  }

  /** Takes a message from the lab. Never throws. */
  handle(message: LabToNode): void {
    if (this.#ended) {
      return;
    }
    switch (message.type) {
      case 'peers':
        this.#network?.setPeers(message.peers);
        return;
      case 'faults':
        this.#network?.setFaults(message.faults);
        return;
      case 'secret':
        this.#guard(() => this.#network?.setSecret(Buffer.from(message.datagramSecret, 'base64')));
        return;
      case 'pace':
        this.#setPace(message.pace);
        return;
      case 'leaseReads':
        this.#raft.setReadOnly(message.enabled ? 'lease' : 'read-index');
        return;
      case 'restate':
        this.#trace.add(restatedEvent(this.#standing, this.#raft.status()));
        return;
      case 'pause':
        this.#loop.waitWhilePaused();
        return;
      case 'kv':
        this.#clients.ask(message.requestId, message.request);
        this.#loop.schedule();
        return;
      case 'kvPage': {
        const page = this.#applier.page(message.prefix, message.limit);
        this.#outlet.post({ type: 'kvPage', requestId: message.requestId, page });
        return;
      }
      case 'sessions': {
        const page = this.#applier.sessionsPage(message.limit);
        this.#outlet.post({ type: 'sessions', requestId: message.requestId, page });
        return;
      }
      case 'changeConfiguration':
      case 'transferLeadership':
      case 'forgetLeader':
        this.#guard(() => this.#cluster.ask(message));
        this.#loop.schedule();
        return;
      case 'compact':
        this.#compact(message.requestId);
        return;
      case 'stop':
        this.#stop();
        return;
    }
  }

  async #open(openMs: number): Promise<void> {
    const { name, incarnation, peers, faults } = this.#configuration;
    this.#network = await Network.open({
      ...networkSettingsOf(this.#configuration),
      boot: this.#storage.boot,
      emitDetail: (type, make) => this.#trace.addDetail(type, make),
      onMessage: (message) => this.#enqueue(message),
      onSnapshotMessage: (message) => this.#enqueueSnapshotMessage(message),
      onUndelivered: (message) => {
        this.#undelivered.push(message);
        this.#loop.schedule();
      },
      onMoved: (port, isOwn) => {
        this.#trace.add({ type: 'nodeMoved', port, reason: isOwn ? 'calm' : 'flooded' });
        this.#outlet.post({ type: 'moved', port });
      },
    });
    this.#network.setPeers(peers);
    this.#network.setFaults(faults);
    this.#trace.add({ type: 'nodeStarted', name, incarnation, ...this.#standing, openMs });
    this.#trace.add({ type: 'configurationChanged', configuration: this.#raft.status().configuration });
    // Who waits for the start finds it in the trace already.
    this.#trace.flush();
    this.#outlet.post({ type: 'started', port: this.#network.port });
    this.#loop.start();
  }

  // ---- The loop -----------------------------------------------------------------------------------------------------

  #enqueue(message: Message): void {
    if (message.type === 'InstallSnapshot') {
      // Snapshots come in chunks; only what was received that way is in the file and can be installed.
      this.#network?.countDropped('malformed');
      return;
    }
    if (!this.#inbox.add(message)) {
      this.#network?.countDropped('queue-full');
    }
    this.#loop.schedule();
  }

  #enqueueSnapshotMessage(message: SnapshotMessage): void {
    this.#network?.peers.heard(message.from, this.#tickCount);
    if (!this.#snapshots.enqueue(message)) {
      this.#network?.countDropped('queue-full');
    }
    this.#loop.schedule();
  }

  #turn(dueTicks: number, lostTicks: number): void {
    if (lostTicks > 0) {
      this.#raft.forgetLease();
    }
    // A lease reckons with all time that has passed before whatever came meanwhile. Without one a heartbeat that has
    // arrived counts before the tick that would have missed it (docs/decisions/0031).
    const ticksFirst = this.#raft.readOnly === 'lease';
    if (ticksFirst) this.#tick(dueTicks);
    for (const message of this.#inbox.take()) {
      this.#network?.peers.heard(message.from, this.#tickCount);
      this.#notices.noteReceived(message, this.#tickCount);
      if (this.#raft.step(message) === 'malformed') this.#network?.countDropped('malformed');
    }
    reportUndelivered(this.#raft, this.#undelivered.splice(0));
    const mayTakeMore = this.#snapshots.takeArrived();
    if (!ticksFirst) this.#tick(dueTicks);
    // Who waits for what was committed is answered before the disk is written for those who come after.
    this.#work();
    this.#proposeWhatIsDue();
    this.#clients.askForReads();
    this.#work();
    if (this.#snapshots.work() || mayTakeMore) {
      this.#loop.schedule();
    }
  }

  #tick(dueTicks: number): void {
    for (let tick = 0; tick < dueTicks; tick += 1) {
      this.#tickCount += 1;
      this.#raft.tick();
      this.#clients.tick();
      this.#cluster.tick();
    }
    const counters = dueTicks > 0 ? this.#network?.takeCounters() : undefined;
    if (counters !== undefined) {
      this.#trace.add({ type: 'counters', counters });
    }
  }

  #proposeWhatIsDue(): void {
    const isUnderWay = this.#clients.leads && this.#storage.lastIndex() > this.#applier.lastApplied;
    if (!this.#gathering.isOver(isUnderWay)) {
      return;
    }
    for (const batch of proposalBatches(this.#clients.takeProposals())) {
      try {
        this.#raft.propose(...batch);
      } catch (error) {
        if (!(error instanceof ProposalDropped)) {
          throw error;
        }
        this.#clients.notTaken(batch);
      }
    }
  }

  /**
   * Does what the core asks for, in the order that the core prescribes (raft/index.ts), until it asks for nothing
   * more.
   */
  #work(): void {
    this.#emitRaftEvents();
    while (this.#raft.hasReady()) {
      const ready = this.#raft.ready();
      this.#emitRaftEvents();
      if (ready.mustSync || ready.snapshot !== undefined) {
        this.#send(ready.messagesBeforePersist);
        this.#persist(ready);
        this.#send(ready.messages);
        this.#apply(ready);
      } else {
        // Nobody waits for the disk. Who asked comes first: whatever is sent wakes a thread that competes for a core.
        this.#persist(ready);
        this.#apply(ready);
        this.#outlet.flush();
        this.#send([...ready.messagesBeforePersist, ...ready.messages]);
      }
      this.#raft.advance();
      this.#emitRaftEvents();
    }
    this.#writer.writeOverdue(this.#tickCount);
  }

  #send(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.type === 'InstallSnapshot') {
        this.#snapshots.send(message);
      } else if (message.from === this.#configuration.id) {
        // What another server asked to be handed on is not: a datagram names its sender, who will ask again itself.
        this.#notices.send(message, this.#tickCount);
      }
    }
  }

  #persist(ready: Ready): void {
    const [first] = ready.entries;
    if (first !== undefined && first.index <= this.#storage.lastIndex()) {
      this.#clients.onTruncated(first.index);
    }
    this.#writer.write(ready, this.#tickCount);
    this.#clients.onAppended(ready.entries);
  }

  #apply({ snapshot, committedEntries, readStates }: Ready): void {
    if (snapshot !== undefined) {
      this.#applier.install(this.#snapshots.takeInstalled(snapshot), snapshot.lastIncludedIndex);
      this.#clients.onSnapshot();
    }
    this.#applier.apply(committedEntries);
    this.#clients.onApplied(this.#applier.lastApplied);
    this.#clients.onReadStates(readStates);
    this.#snapshots.onApplied(committedEntries);
  }

  // ---- What the lab asks
  // ---------------------------------------------------------------------------------------------

  #setPace(pace: Pace): void {
    const times = timesOf(pace);
    this.#loop.setTickMs(times.tickMs);
    this.#raft.setTicks(times);
    const remainingTicks = remainingElectionTicks(this.#raft.status());
    if (remainingTicks !== undefined) {
      this.#trace.add({ type: 'electionTimerStarted', timeoutMs: remainingTicks * this.#loop.tickMs });
    }
  }

  #compact(requestId: number): void {
    this.#snapshots.compactNow((error) => this.#outlet.post(error === undefined
      ? { type: 'done', requestId }
      : { type: 'requestFailed', requestId, error }));
    this.#loop.schedule();
  }

  // ---- The end
  // -------------------------------------------------------------------------------------------------------

  #stop(): void {
    this.#guard(() => this.#writer.writeWaiting());
    if (!this.#ended) {
      this.#end();
      this.#trace.add({ type: 'nodeStopped' });
      this.#trace.flush();
      this.#outlet.post({ type: 'stopped' });
    }
  }

  /**
   * Runs a step of the node; what it throws ends the node, because a node that is not sure of its state must be
   * silent.
   */
  #guard(action: () => void): void {
    if (this.#ended) {
      return;
    }
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#end();
    const data = failureOf(error, this.#configuration.name);
    this.#trace.add({ type: 'nodeFailed', code: data.code, message: data.message });
    this.#trace.flush();
    this.#outlet.post({ type: 'failed', error: data });
  }

  #end(): void {
    this.#ended = true;
    this.#loop.stop();
    this.#clients.close();
    this.#snapshots.close();
    this.#notices.close();
    this.#gathering.close();
    this.#network?.close();
    try {
      this.#storage.close();
    } catch {
      // The reason why the node ends has been or will be told; that the file could not be closed adds nothing to it.
    }
  }

  // ---- Telling
  // -------------------------------------------------------------------------------------------------------

  get #standing(): NodeStanding {
    return nodeStanding(this.#configuration.address, this.#network?.port ?? 0, this.#storage);
  }

  #emitRaftEvents(): void {
    for (const event of this.#raft.takeEvents()) {
      this.#trace.add(event);
      this.#notice(event);
    }
  }

  #notice(event: RaftEvent): void {
    if (event.type === 'leaderChanged') {
      this.#clients.onLeader(event.leader, event.term);
      this.#cluster.onLeader(event.leader, event.term);
    } else if (event.type === 'electionTimerReset') {
      this.#trace.add({ type: 'electionTimerStarted', timeoutMs: event.timeoutTicks * this.#loop.tickMs });
    }
  }
}
