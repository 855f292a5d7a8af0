/** One running node's life: it opens its file and its socket, does what the lab asks, stops or fails. */
import { failureOf, judgedByStorage } from './failure.ts';
import { Network } from './net/network.ts';
import { networkSettingsOf } from './net/networkSettings.ts';
import { NodeLoop } from './turn/nodeLoop.ts';
import { nodeStanding, restatedEvent } from './nodeStanding.ts';
import type { NodeStanding } from './nodeStanding.ts';
import { openStorage } from './storage/openStorage.ts';
import type { Outlet } from './outlet.ts';
import { timesOf } from './pace.ts';
import type { LabToNode, NodeConfiguration, NodeToLab } from './protocol.ts';
import { RaftServer } from './turn/raftServer.ts';
import type { RaftStorage } from './storage/raftStorage.ts';
import { TraceBuffer } from './trace/traceBuffer.ts';

export class NodeRuntime {
  readonly #configuration: NodeConfiguration;
  readonly #outlet: Outlet<NodeToLab>;
  readonly #trace: TraceBuffer;
  readonly #loop: NodeLoop;
  readonly #storage: RaftStorage;
  readonly #server: RaftServer;
  #network: Network | undefined;
  #ended = false;

  /**
   * Opens the file, binds the socket and starts the clock.
   * @param takeWaiting passes the lab's waiting messages to `handle`
   * @throws {LabError} when the node cannot run; nothing is left open
   */
  static async start(
    configuration: NodeConfiguration, outlet: Outlet<NodeToLab>, takeWaiting: (runtime: NodeRuntime) => void,
  ): Promise<NodeRuntime> {
    const openedAtMs = performance.now();
    const storage = openStorage(configuration);
    let runtime: NodeRuntime | undefined;
    try {
      runtime = new NodeRuntime(configuration, outlet, storage, takeWaiting);
      await runtime.#open(performance.now() - openedAtMs);
      return runtime;
    } catch (error) {
      const judged = judgedByStorage(error, storage, configuration.name);
      if (runtime !== undefined) {
        runtime.#end();
      }
      storage.close();
      throw judged;
    }
  }

  private constructor(
    configuration: NodeConfiguration, outlet: Outlet<NodeToLab>, storage: RaftStorage,
    takeWaiting: (runtime: NodeRuntime) => void,
  ) {
    this.#configuration = configuration;
    this.#outlet = outlet;
    this.#storage = storage;
    this.#trace = new TraceBuffer({
      send: (events, dropped) => outlet.post({ type: 'events', events, dropped }),
      restate: () => restatedEvent(this.#standing, this.#server.raft.status()),
    });
    this.#loop = new NodeLoop({
      tickMs: timesOf(configuration.pace).tickMs,
      pauseFlag: configuration.pauseFlag,
      turn: (dueTicks, lostTicks) => this.#guard(() => this.#server.turn(dueTicks, lostTicks)),
      beforePause: () => {
        this.#trace.flush();
        outlet.flush();
      },
      afterPause: () => takeWaiting(this),
    });
    this.#server = new RaftServer(configuration, {
      storage,
      loop: this.#loop,
      trace: this.#trace,
      outlet,
      network: () => this.#network,
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
        this.#server.setPace(message.pace);
        return;
      case 'leaseReads':
        this.#server.raft.setReadOnly(message.enabled ? 'lease' : 'read-index');
        return;
      case 'restate':
        this.#trace.add(restatedEvent(this.#standing, this.#server.raft.status()));
        return;
      case 'pause':
        this.#loop.waitWhilePaused();
        return;
      case 'kv':
        this.#server.clients.ask(message.requestId, message.request);
        this.#loop.schedule();
        return;
      case 'kvPage': {
        const page = this.#server.applier.page(message.prefix, message.limit);
        this.#outlet.post({ type: 'kvPage', requestId: message.requestId, page });
        return;
      }
      case 'sessions': {
        const page = this.#server.applier.sessionsPage(message.limit);
        this.#outlet.post({ type: 'sessions', requestId: message.requestId, page });
        return;
      }
      case 'changeConfiguration':
      case 'confirmQuorum':
      case 'transferLeadership':
      case 'forgetLeader':
        this.#guard(() => this.#server.cluster.ask(message));
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
      onMessage: (message) => this.#server.receive(message),
      onSnapshotMessage: (message) => this.#server.receiveSnapshotMessage(message),
      onUndelivered: (message) => this.#server.noteUndelivered(message),
      heartbeatMs: () => this.#server.heartbeatMs,
      onMoved: (port, isOwn) => {
        this.#trace.add({ type: 'nodeMoved', port, reason: isOwn ? 'calm' : 'flooded' });
        this.#outlet.post({ type: 'moved', port });
      },
    });
    this.#network.setPeers(peers);
    this.#network.setFaults(faults);
    this.#trace.add({ type: 'nodeStarted', name, incarnation, ...this.#standing, openMs });
    this.#trace.add({ type: 'configurationChanged', configuration: this.#server.raft.status().configuration });
    // Whoever waits for the start must find it in the trace.
    this.#trace.flush();
    this.#outlet.post({ type: 'started', port: this.#network.port });
    this.#loop.start();
  }

  #compact(requestId: number): void {
    this.#server.snapshots.compactNow((error) => this.#outlet.post(error === undefined
      ? { type: 'done', requestId }
      : { type: 'requestFailed', requestId, error }));
    this.#loop.schedule();
  }

  // ---- The end ------------------------------------------------------------------------------------------------------

  #stop(): void {
    this.#guard(() => this.#server.writer.writeWaiting());
    if (!this.#ended) {
      this.#end();
      this.#trace.add({ type: 'nodeStopped' });
      this.#trace.flush();
      this.#outlet.post({ type: 'stopped' });
    }
  }

  /**
   * Runs a step of the node. An error in it ends the node, because a node that is not sure of its state must be silent.
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
    const { name } = this.#configuration;
    const data = failureOf(judgedByStorage(error, this.#storage, name), name);
    this.#end();
    this.#trace.add({ type: 'nodeFailed', code: data.code, message: data.message });
    this.#trace.flush();
    this.#outlet.post({ type: 'failed', error: data });
  }

  #end(): void {
    this.#ended = true;
    this.#loop.stop();
    this.#server.close();
    this.#network?.close();
    try {
      this.#storage.close();
    } catch {
      // The reason why the node ends is reported elsewhere; a file that could not be closed adds nothing to it.
    }
  }

  get #standing(): NodeStanding {
    return nodeStanding(this.#configuration.address, this.#network?.port ?? 0, this.#storage);
  }
}
