/** One running node: the Raft core with its disk, its network, its clock and its state machine around it. */
import { threadId } from 'node:worker_threads';
import { LabError } from '../contract/errors.ts';
import type { LabErrorData } from '../contract/errors.ts';
import { describeCommand, KvStateMachine } from '../kv/index.ts';
import {
  ConfigurationError, configurationOf, decodeConfigurationChange, entryBytes, ProposalDropped, RaftNode,
} from '../raft/index.ts';
import type { ConfigurationChange, Entry, HardState, Message, RaftEvent, Ready } from '../raft/index.ts';
import type { Pace } from '../trace/events.ts';
import { ClientRequests } from './clientRequests.ts';
import { clockMs } from './clock.ts';
import { Network } from './network.ts';
import { ELECTION_TIMEOUT_TICKS, HEARTBEAT_TICKS, randomizedElectionTimeout, tickMsOf } from './pace.ts';
import type { LabToNode, NodeConfiguration, NodeToLab, NodeTraceBody } from './protocol.ts';
import { seededRandom } from './random.ts';
import { RaftStorage } from './storage/raftStorage.ts';
import { TraceBuffer } from './traceBuffer.ts';

/** An AppendEntries or ForwardedProposal with that many bytes of entries fits into one datagram with its header. */
const ENTRIES_BYTES_PER_MESSAGE_MAX = 56_000;
/** Messages that may wait for the next turn of the event loop. */
const INBOX_MAX = 4096;
/** After a pause or a busy spell no more ticks than these are made up for: lost time is no evidence of a lost leader. */
const LATE_TICKS_MAX = 3;
/** A commit index that no write has taken along is written after that many ticks (see #persist). */
const COMMIT_INDEX_LAG_TICKS = HEARTBEAT_TICKS;
const TAIL_IN_START_EVENT = 64;

/**
 * All inputs are queued and taken in one pass a turn of the event loop (`#turn`): what arrived together is stepped together
 * and shares one transaction.
 */
export class NodeRuntime {
  readonly #configuration: NodeConfiguration;
  readonly #post: (message: NodeToLab) => void;
  readonly #trace: TraceBuffer;
  readonly #pauseFlag: Int32Array;
  readonly #storage: RaftStorage;
  readonly #raft: RaftNode;
  readonly #clients: ClientRequests;
  #network: Network | undefined;
  #stateMachine: KvStateMachine;
  #tickMs: number;
  #timer: NodeJS.Timeout | undefined;
  #lastTickAtMs = performance.now();
  #tickCount = 0;
  #inbox: Message[] = [];
  #scheduled = false;
  #ended = false;
  /** Told by the core and not yet on disk, because only the commit index changed. */
  #unwrittenHardState: HardState | undefined;
  #unwrittenSinceTick = 0;

  /**
   * Opens the file, binds the socket and starts the clock.
   * @throws {LabError} when the node cannot run; nothing is left open
   */
  static async start(configuration: NodeConfiguration, post: (message: NodeToLab) => void): Promise<NodeRuntime> {
    const openedAtMs = performance.now();
    const storage = RaftStorage.open({
      directory: configuration.directory,
      identity: {
        labId: configuration.labId,
        nodeName: configuration.name,
        nodeId: configuration.id,
        incarnation: configuration.incarnation,
      },
      initialConfiguration: configurationOf(configuration.initialVoters),
      mayCreate: configuration.mayCreateDatabase,
      bytesMax: configuration.databaseBytesMax,
    });
    let runtime: NodeRuntime | undefined;
    try {
      runtime = new NodeRuntime(configuration, post, storage);
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

  private constructor(configuration: NodeConfiguration, post: (message: NodeToLab) => void, storage: RaftStorage) {
    this.#configuration = configuration;
    this.#post = post;
    this.#storage = storage;
    this.#tickMs = tickMsOf(configuration.pace);
    this.#pauseFlag = new Int32Array(configuration.pauseFlag);
    this.#trace = new TraceBuffer((events, dropped) => post({ type: 'events', events, dropped }));
    const snapshot = storage.snapshot();
    this.#stateMachine = snapshot === undefined ? new KvStateMachine() : KvStateMachine.restore(snapshot.data);
    this.#raft = new RaftNode({
      id: configuration.id,
      electionTimeoutTicks: ELECTION_TIMEOUT_TICKS,
      heartbeatTicks: HEARTBEAT_TICKS,
      randomizedElectionTimeout: randomizedElectionTimeout(seededRandom(configuration.seed)),
      storage,
      applied: snapshot?.lastIncludedIndex ?? 0,
      maxEntriesBytesPerMessage: ENTRIES_BYTES_PER_MESSAGE_MAX,
    });
    this.#clients = new ClientRequests({
      id: configuration.id,
      boot: storage.boot,
      leadership: () => this.#raft.status(),
      visibility: () => this.#visibility(),
      emit: (event) => this.#emit(event),
      answer: (requestId, answer) => post({ type: 'kvAnswer', requestId, answer }),
      fail: (requestId, error) => post({ type: 'requestFailed', requestId, error }),
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
      case 'pace':
        this.#setPace(message.pace);
        return;
      case 'pause':
        this.#schedule();
        return;
      case 'kv':
        this.#clients.ask(message.requestId, message.request);
        this.#schedule();
        return;
      case 'kvPage':
        this.#answerPage(message.requestId, message.prefix, message.limit);
        return;
      case 'changeConfiguration':
        this.#guard(() => this.#changeConfiguration(message.requestId, message.change));
        return;
      case 'stop':
        this.#stop();
        return;
    }
  }

  async #open(openMs: number): Promise<void> {
    const { labId, id, address, preferredPort, seed, peers, faults } = this.#configuration;
    this.#network = await Network.open({
      labId,
      id,
      boot: this.#storage.boot,
      address,
      preferredPort,
      // Another sequence than that of the election timeouts: a lossy link must not change who stands for election.
      random: seededRandom(seed ^ 0x5bd1_e995),
      emit: (event) => this.#emit(event),
      onMessage: (message) => this.#enqueue(message),
    });
    this.#network.setPeers(peers);
    this.#network.setFaults(faults);
    this.#emitStarted(openMs);
    this.#emit({ type: 'configurationChanged', configuration: this.#raft.status().configuration });
    this.#post({ type: 'started', port: this.#network.port });
    this.#lastTickAtMs = performance.now();
    this.#timer = setInterval(() => this.#schedule(), this.#tickMs);
    this.#schedule();
  }

  // ---- The loop -----------------------------------------------------------------------------------------------------

  #enqueue(message: Message): void {
    // Between two turns the kernel hands over a few dozen datagrams at most, so this is a bound and not a policy.
    if (this.#inbox.length < INBOX_MAX) {
      this.#inbox.push(message);
    }
    this.#schedule();
  }

  /** After the datagrams that are waiting in the kernel: a heartbeat that has arrived counts before the tick that misses it. */
  #schedule(): void {
    if (!this.#scheduled && !this.#ended) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#guard(() => this.#turn());
      });
    }
  }

  #turn(): void {
    this.#waitWhilePaused();
    const inbox = this.#inbox;
    this.#inbox = [];
    for (const message of inbox) {
      this.#network?.peers.heard(message.from, this.#tickCount);
      this.#raft.step(message);
    }
    this.#tickWhatIsDue();
    this.#proposeWhatIsDue();
    this.#work();
  }

  #tickWhatIsDue(): void {
    const elapsedMs = performance.now() - this.#lastTickAtMs;
    const due = Math.floor(elapsedMs / this.#tickMs);
    this.#lastTickAtMs += due * this.#tickMs;
    for (let tick = 0; tick < Math.min(due, LATE_TICKS_MAX); tick += 1) {
      this.#tickCount += 1;
      this.#raft.tick();
      this.#clients.tick();
    }
    const counters = due > 0 ? this.#network?.takeCounters() : undefined;
    if (counters !== undefined) {
      this.#emit({ type: 'counters', counters });
    }
  }

  #proposeWhatIsDue(): void {
    for (const batch of batchesOf(this.#clients.takeProposals())) {
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

  /** Does what the core asks for, in the order that the core prescribes (raft/index.ts), until it asks for nothing more. */
  #work(): void {
    this.#emitRaftEvents();
    while (this.#raft.hasReady()) {
      const ready = this.#raft.ready();
      this.#emitRaftEvents();
      this.#send(ready.messagesBeforePersist);
      this.#persist(ready);
      this.#send(ready.messages);
      this.#apply(ready);
      this.#raft.advance();
      this.#emitRaftEvents();
    }
    const lagTicks = this.#tickCount - this.#unwrittenSinceTick;
    if (this.#unwrittenHardState !== undefined && lagTicks >= COMMIT_INDEX_LAG_TICKS) {
      this.#write({ hardState: this.#unwrittenHardState, entries: [], snapshot: undefined });
    }
  }

  #send(messages: readonly Message[]): void {
    for (const message of messages) {
      this.#network?.send(message);
    }
  }

  /**
   * A commit index alone waits for the next write, or for an idle moment: it may be lost (Raft Figure 2 keeps it in
   * memory), and a write for each would double what the disk has to do.
   */
  #persist({ hardState, entries, snapshot, mustSync }: Ready): void {
    if (hardState !== undefined && this.#unwrittenHardState === undefined) {
      this.#unwrittenSinceTick = this.#tickCount;
    }
    this.#unwrittenHardState = hardState ?? this.#unwrittenHardState;
    if (mustSync || entries.length > 0 || snapshot !== undefined) {
      this.#write({ hardState: this.#unwrittenHardState, entries, snapshot });
    }
  }

  #write(change: Pick<Ready, 'hardState' | 'entries' | 'snapshot'>): void {
    const first = change.entries[0];
    if (first !== undefined && first.index <= this.#storage.lastIndex()) {
      this.#clients.onTruncated(first.index);
    }
    const { durationMs, entryBytes: bytes } = this.#storage.write(change);
    this.#unwrittenHardState = undefined;
    this.#emit({
      type: 'persisted',
      entryCount: change.entries.length,
      bytes,
      hardStateChanged: change.hardState !== undefined,
      lastIndex: this.#storage.lastIndex(),
      durationMs,
    });
    this.#clients.onAppended(change.entries);
  }

  #apply({ snapshot, committedEntries }: Ready): void {
    if (snapshot !== undefined) {
      this.#stateMachine = KvStateMachine.restore(snapshot.data);
      this.#clients.onSnapshot();
    }
    for (const entry of committedEntries) {
      this.#applyEntry(entry);
    }
  }

  #applyEntry(entry: Entry): void {
    const { index, term } = entry;
    switch (entry.type) {
      case 'command': {
        const applied = this.#stateMachine.apply(index, entry.data);
        this.#clients.onApplied(entry, applied.result);
        this.#emit({ type: 'applied', index, term, text: this.#trace.isCrowded ? '' : wordsOf(applied.entry) });
        return;
      }
      case 'configuration':
        this.#applyConfiguration(entry);
        this.#emit({ type: 'applied', index, term, text: 'configuration' });
        return;
      case 'no-op':
        this.#emit({ type: 'applied', index, term, text: 'no-op' });
    }
  }

  #applyConfiguration(entry: Entry): void {
    try {
      this.#raft.applyConfigurationChange(decodeConfigurationChange(entry.data));
    } catch (error) {
      // It does not fit, on every server alike: the configuration stays as it is.
      if (!(error instanceof ConfigurationError)) {
        throw error;
      }
    }
  }

  /** The thread stands still until the lab clears the flag: datagrams pile up in the kernel, as at a stopped process. */
  #waitWhilePaused(): void {
    if (Atomics.load(this.#pauseFlag, 0) === 0) {
      return;
    }
    this.#trace.flush();
    while (Atomics.load(this.#pauseFlag, 0) !== 0) {
      Atomics.wait(this.#pauseFlag, 0, 1);
    }
  }

  // ---- What the lab asks ---------------------------------------------------------------------------------------------

  #setPace(pace: Pace): void {
    this.#tickMs = tickMsOf(pace);
    clearInterval(this.#timer);
    this.#lastTickAtMs = performance.now();
    this.#timer = setInterval(() => this.#schedule(), this.#tickMs);
    const { role, randomizedElectionTimeoutTicks, electionElapsedTicks } = this.#raft.status();
    if (role !== 'leader') {
      const remainingTicks = Math.max(0, randomizedElectionTimeoutTicks - electionElapsedTicks);
      this.#emit({ type: 'electionTimerStarted', timeoutMs: remainingTicks * this.#tickMs });
    }
  }

  #answerPage(requestId: number, prefix: string, limit: number): void {
    const { entries, truncated } = this.#stateMachine.list(prefix, limit);
    const { lastApplied } = this.#raft.status();
    this.#post({
      type: 'kvPage', requestId, page: { lastApplied, keyCount: this.#stateMachine.keyCount, entries, truncated },
    });
  }

  #changeConfiguration(requestId: number, change: ConfigurationChange): void {
    const error = this.#proposeChange(change);
    this.#post(error === undefined
      ? { type: 'configurationChanged', requestId }
      : { type: 'requestFailed', requestId, error });
    this.#schedule();
  }

  #proposeChange(change: ConfigurationChange): LabErrorData | undefined {
    const { name } = this.#configuration;
    if (this.#raft.status().role !== 'leader') {
      return { code: 'no-leader', message: `${name} does not lead: only a leader takes membership changes here` };
    }
    const refusal = this.#raft.configurationChangeRefusal(change);
    if (refusal !== undefined) {
      return { code: 'busy', message: `${name} cannot change the membership now: ${refusal}` };
    }
    try {
      this.#raft.proposeConfigurationChange(change);
      return undefined;
    } catch (error) {
      if (error instanceof ProposalDropped) {
        return { code: 'busy', message: `${name} cannot change the membership now: ${error.message}` };
      }
      throw error;
    }
  }

  // ---- The end -------------------------------------------------------------------------------------------------------

  #stop(): void {
    this.#guard(() => {
      if (this.#unwrittenHardState !== undefined) {
        this.#write({ hardState: this.#unwrittenHardState, entries: [], snapshot: undefined });
      }
    });
    if (!this.#ended) {
      this.#end();
      this.#emit({ type: 'nodeStopped' });
      this.#trace.flush();
      this.#post({ type: 'stopped' });
    }
  }

  /** Runs a step of the node; what it throws ends the node, because a node that is not sure of its state must be silent. */
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
    this.#emit({ type: 'nodeFailed', code: data.code, message: data.message });
    this.#trace.flush();
    this.#post({ type: 'failed', error: data });
  }

  #end(): void {
    this.#ended = true;
    clearInterval(this.#timer);
    this.#clients.close();
    this.#network?.close();
    try {
      this.#storage.close();
    } catch {
      // The reason why the node ends has been or will be told; that the file could not be closed adds nothing to it.
    }
  }

  // ---- Telling -------------------------------------------------------------------------------------------------------

  #emit(event: NodeTraceBody): void {
    this.#trace.add({ ...event, atMs: clockMs() });
  }

  #emitStarted(openMs: number): void {
    const { name, incarnation, address } = this.#configuration;
    const firstIndex = this.#storage.firstIndex();
    const lastIndex = this.#storage.lastIndex();
    const tailFrom = Math.max(firstIndex, lastIndex - TAIL_IN_START_EVENT + 1);
    const tail = lastIndex < firstIndex ? [] : this.#storage.entries(tailFrom, lastIndex + 1, Infinity);
    this.#emit({
      type: 'nodeStarted',
      name,
      incarnation,
      address,
      port: this.#network?.port ?? 0,
      threadId,
      databasePath: this.#storage.databasePath,
      boot: this.#storage.boot,
      hardState: this.#storage.hardState,
      firstIndex,
      lastIndex,
      tail: tail.map((entry) => ({ index: entry.index, term: entry.term, type: entry.type, bytes: entry.data.length })),
      openMs,
    });
  }

  #emitRaftEvents(): void {
    for (const event of this.#raft.takeEvents()) {
      this.#emit(event);
      this.#notice(event);
    }
  }

  #notice(event: RaftEvent): void {
    if (event.type === 'leaderChanged') {
      this.#clients.onLeader(event.leader, event.term);
    } else if (event.type === 'electionTimerReset') {
      this.#emit({ type: 'electionTimerStarted', timeoutMs: event.timeoutTicks * this.#tickMs });
    }
  }

  #visibility(): { readonly seen: number; readonly voters: number } {
    const { voters } = this.#raft.status().configuration;
    const others = voters.filter((id) => id !== this.#configuration.id);
    const heard = this.#network?.peers.heardCount(others, this.#tickCount - 2 * ELECTION_TIMEOUT_TICKS) ?? 0;
    return { seen: heard + voters.length - others.length, voters: voters.length };
  }
}

/** Splits proposals so that each batch fits into one datagram on its way to the leader. */
function batchesOf(proposals: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const batches: Uint8Array[][] = [];
  let bytes = Infinity;
  for (const data of proposals) {
    const size = entryBytes({ index: 0, term: 0, type: 'command', data });
    if (bytes + size > ENTRIES_BYTES_PER_MESSAGE_MAX) {
      batches.push([]);
      bytes = 0;
    }
    bytes += size;
    batches.at(-1)?.push(data);
  }
  return batches;
}

function wordsOf(entry: ReturnType<KvStateMachine['apply']>['entry']): string {
  if (entry === undefined) {
    return 'malformed';
  }
  return entry.kind === 'register' ? 'open a client session' : describeCommand(entry.command);
}

/** Any error as what the lab reports. */
export function failureOf(error: unknown, nodeName: string): LabErrorData {
  if (error instanceof LabError) {
    return error.toData();
  }
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: 'internal', message: `${nodeName} stopped because of an error in Raftlab: ${detail}` };
}
