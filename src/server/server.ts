/** One Raft server: the core with its log, state machine, clients and network, in whatever world it runs. */
import type { LabErrorData } from '../contract/errors.ts';
import type { Message } from '../raft/index.ts';
import type { SnapshotMessage } from '../wire/index.ts';
import type { NetworkReceiver } from './net/network.ts';
import type { NodeMessage } from './net/outbox.ts';
import { remainingElectionTicks, timesOf } from './pace.ts';
import type { PaceTimes } from './pace.ts';
import { makeParts, switchesOf } from './parts.ts';
import type { ServerParts } from './parts.ts';
import type { NodeTraceBody, ServerConfiguration, ServerRequest } from './protocol.ts';
import { nodeStanding, restatedEvent } from './trace/standing.ts';
import type { NodePlace } from './trace/standing.ts';
import { TurnTrace } from './trace/turnTrace.ts';
import type { TurnWorld } from './trace/turnTrace.ts';
import { Inbox } from './turn/inbox.ts';
import { Turn } from './turn/turn.ts';
import { REQUEST } from './turn/turnCauses.ts';
import type { ServerWorld } from './world.ts';

/**
 * Everything that comes in is queued, and taken in the next turn. Every method may throw a LabError when the disk
 * fails, or an error of the core: the owner must then close it, because a server that is not sure of its state must be
 * silent.
 */
export class Server implements NetworkReceiver {
  readonly parts: ServerParts;
  readonly #configuration: ServerConfiguration;
  readonly #world: TurnWorld;
  readonly #arrived = { inbox: new Inbox(), undelivered: new Array<NodeMessage>() };
  readonly #turn: Turn;
  #place: NodePlace;
  #heartbeatTicks: number;

  /**
   * @param secret seals the datagrams; undefined: they are not sealed
   * @throws {LabError} `corrupt-file` when the stored snapshot is not what was written
   */
  constructor(configuration: ServerConfiguration, secret: Uint8Array | undefined, outerWorld: ServerWorld) {
    const world = { ...outerWorld, trace: new TurnTrace(outerWorld.trace) };
    this.#configuration = configuration;
    this.#world = world;
    this.#place = { address: configuration.address, port: 0, threadId: 0 };
    this.#heartbeatTicks = configuration.times.heartbeatTicks;
    this.parts = makeParts(configuration, secret, world, this);
    this.#turn = new Turn(this.parts, world, this.#arrived);
    const { network } = this.parts;
    network.setPeers(configuration.peers);
    network.setFaults(configuration.faults);
  }

  /** The server can be reached: its life begins in the trace. @param openMs how long it took to get there */
  begin(place: NodePlace, openMs: number): void {
    const { trace, store } = this.#world;
    const { name, incarnation } = this.#configuration;
    this.#place = place;
    trace.add({ type: 'nodeStarted', name, incarnation, ...nodeStanding(place, store), openMs });
    trace.add({ type: 'configurationChanged', configuration: this.parts.raft.configuration });
  }

  /** It is reached at another port from now on. */
  moveTo(port: number): void {
    this.#place = { ...this.#place, port };
  }

  /** The complete state, as events. */
  restated(): readonly NodeTraceBody[] {
    const { raft, network } = this.parts;
    return [restatedEvent(nodeStanding(this.#place, this.#world.store), raft.status()), ...network.held.restated()];
  }

  /** The interval of a leader's heartbeats. */
  get heartbeatMs(): number {
    return this.#heartbeatTicks * this.#world.pacemaker.tickMs;
  }

  // ---- What arrives -------------------------------------------------------------------------------------------------

  /** Takes what the lab asks for. */
  handle(request: ServerRequest): void {
    const { trace } = this.#world;
    trace.because(REQUEST);
    this.#take(request);
    trace.because(undefined);
  }

  #take(request: ServerRequest): void {
    const { network, raft, clients, cluster, applier, snapshots } = this.parts;
    const { trace, answers, pacemaker } = this.#world;
    switch (request.type) {
      case 'peers':
        network.setPeers(request.peers);
        return;
      case 'faults':
        network.setFaults(request.faults);
        return;
      case 'pace':
        this.setTimes(timesOf(request.pace));
        return;
      case 'leaseReads':
        raft.setReadOnly(request.enabled ? 'lease' : 'read-index');
        return;
      case 'variant':
        raft.setSwitches(switchesOf(request.variant));
        clients.setDefaultRead(request.variant.defaultRead);
        pacemaker.schedule();
        return;
      case 'restate':
        this.restated().forEach((event) => trace.add(event));
        return;
      case 'kv':
        clients.ask(request.requestId, request.request);
        pacemaker.schedule();
        return;
      case 'kvPage':
        answers.post({
          type: 'kvPage', requestId: request.requestId, page: applier.page(request.prefix, request.limit),
        });
        return;
      case 'sessions':
        answers.post({
          type: 'sessions', requestId: request.requestId, page: applier.sessionsPage(request.limit),
        });
        return;
      case 'changeConfiguration':
      case 'confirmQuorum':
      case 'transferLeadership':
      case 'forgetLeader':
        cluster.ask(request);
        pacemaker.schedule();
        return;
      case 'heldMessage':
        answers.post(network.held.act(request.action, request.messageId)
          ? { type: 'done', requestId: request.requestId }
          : { type: 'requestFailed', requestId: request.requestId, error: this.#notHeld() });
        return;
      case 'compact':
        snapshots.compactNow((error) => answers.post(error === undefined
          ? { type: 'done', requestId: request.requestId }
          : { type: 'requestFailed', requestId: request.requestId, error }));
        pacemaker.schedule();
    }
  }

  #notHeld(): LabErrorData {
    const { name } = this.#configuration;
    return { code: 'not-held', message: `${name} no longer holds this message: messages lists what is held` };
  }

  setTimes(times: PaceTimes): void {
    const { pacemaker, trace } = this.#world;
    const { raft } = this.parts;
    pacemaker.setTickMs(times.tickMs);
    this.#heartbeatTicks = times.heartbeatTicks;
    raft.setTicks(times);
    const remainingTicks = remainingElectionTicks(raft.status());
    if (remainingTicks !== undefined) {
      trace.add({ type: 'electionTimerStarted', timeoutMs: remainingTicks * times.tickMs });
    }
  }

  /** Queues a peer's message for the next turn. */
  receive(message: Message, messageId: string): void {
    const { network } = this.parts;
    if (message.type === 'InstallSnapshot') {
      // Snapshots come in chunks; only what was received that way is in the store and can be installed.
      network.countDropped('malformed');
      return;
    }
    if (!this.#arrived.inbox.add({ message, messageId })) {
      network.countDropped('queue-full');
    }
    this.#world.pacemaker.schedule();
  }

  /** Queues a piece of a snapshot, or the answer to one, for the next turn. */
  receiveSnapshotMessage(message: SnapshotMessage, messageId: string): void {
    const { network, snapshots, ticks } = this.parts;
    network.peers.heard(message.from, ticks.now);
    if (!snapshots.enqueue(message, { by: 'message', messageId })) {
      network.countDropped('queue-full');
    }
    this.#world.pacemaker.schedule();
  }

  /** The network gave this message up; the core is told in the next turn. */
  noteUndelivered(message: NodeMessage): void {
    this.#arrived.undelivered.push(message);
    this.#world.pacemaker.schedule();
  }

  // ---- Its life -----------------------------------------------------------------------------------------------------

  /** See Turn.run. Must not be called while a write is under way. */
  turn(dueTicks: number, isTimeLost: boolean): void {
    this.#turn.run(dueTicks, isTimeLost);
  }

  /** Writes what may wait for a later write. @param written called when it is on stable storage */
  writeWaiting(written: () => void): void {
    this.parts.writer.writeWaiting(written);
  }

  /** Fails the clients' requests that wait, and drops everything else that is queued or under way. */
  close(): void {
    const { clients, snapshots, network } = this.parts;
    clients.close();
    snapshots.close();
    this.#turn.close();
    network.close();
  }
}
