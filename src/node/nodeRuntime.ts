/** One running node's life: it opens its file and its socket, does what the lab asks, stops or fails. */
import { threadId } from 'node:worker_threads';
import { timesOf } from '../server/pace.ts';
import { KV_TIMEOUT_MS } from '../server/patience.ts';
import { Server } from '../server/server.ts';
import { TraceBuffer } from '../server/trace/traceBuffer.ts';
import type { AnswerOutlet, Transport } from '../server/world.ts';
import type { Pace } from '../trace/events.ts';
import { labDigestOf } from '../wire/crypto.ts';
import { clockMs } from './clock.ts';
import { NodeDoor } from './door/nodeDoor.ts';
import { failureOf, judgedByStorage } from './failure.ts';
import { MACHINE } from './machine.ts';
import { Ports } from './net/ports.ts';
import { NodeLoop } from './nodeLoop.ts';
import type { Outlet } from './outlet.ts';
import type { LabToNode, NodeConfiguration, NodeToLab } from './protocol.ts';
import { openStorage } from './storage/openStorage.ts';
import type { RaftStorage } from './storage/raftStorage.ts';

export class NodeRuntime {
  readonly #configuration: NodeConfiguration;
  readonly #outlet: Outlet<NodeToLab>;
  readonly #trace: TraceBuffer;
  readonly #loop: NodeLoop;
  readonly #storage: RaftStorage;
  readonly #server: Server;
  readonly #door: NodeDoor;
  #pace: Pace;
  /** Undefined until the socket is bound. */
  #ports: Ports | undefined;
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
      await runtime.#open(openedAtMs);
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
      clock: MACHINE.clock,
      send: (events, dropped) => outlet.post({ type: 'events', events, dropped }),
      sendOperations: (operations) => outlet.post({ type: 'operations', operations }),
      restate: () => [...this.#server.restated(), ...this.#door.restated()],
    });
    this.#pace = configuration.pace;
    const times = timesOf(configuration.pace);
    this.#loop = new NodeLoop({
      tickMs: times.tickMs,
      pauseFlag: configuration.pauseFlag,
      turn: (dueTicks, isTimeLost) => this.#guard(() => this.#server.turn(dueTicks, isTimeLost)),
      beforePause: () => {
        this.#trace.flush();
        outlet.flush();
      },
      afterPause: () => takeWaiting(this),
    });
    const { datagramSecret } = configuration;
    const secret = datagramSecret === undefined ? undefined : secretOf(datagramSecret);
    const transport: Transport = { send: (bytes, port, address) => this.#ports?.send(bytes, port, address) };
    const labDigest = labDigestOf(configuration.labId);
    const answers: AnswerOutlet = {
      post: (answer) => {
        const { requests } = this.#door;
        if (requests.awaits(answer)) requests.take(answer);
        else outlet.post(answer);
      },
      flush: () => outlet.flush(),
    };
    this.#server = new Server({ ...configuration, times, labDigest }, secret, {
      ...MACHINE, pacemaker: this.#loop, store: storage, trace: this.#trace, answers, transport,
    });
    this.#door = new NodeDoor({
      name: configuration.name,
      id: configuration.id,
      address: configuration.address,
      parts: this.#server.parts,
      handle: (request) => this.#guard(() => this.#server.handle(request)),
      timeoutMs: () => KV_TIMEOUT_MS[this.#pace],
      wallMs: clockMs,
      emit: (event) => this.#trace.add(event),
    });
  }

  /** Takes a message from the lab. Never throws. */
  handle(message: LabToNode): void {
    if (this.#ended) {
      return;
    }
    switch (message.type) {
      case 'secret':
        this.#guard(() => this.#server.parts.network.setSecret(secretOf(message.datagramSecret)));
        return;
      case 'pause':
        this.#loop.waitWhilePaused();
        return;
      case 'stop':
        this.#stop();
        return;
      case 'door':
        this.#door.set(message.door);
        return;
      case 'pace':
        this.#pace = message.pace;
        this.#guard(() => this.#server.handle(message));
        return;
      case 'restate':
        this.#guard(() => this.#server.handle(message));
        this.#door.restated().forEach((event) => this.#trace.add(event));
        return;
      default:
        this.#guard(() => this.#server.handle(message));
    }
  }

  async #open(openedAtMs: number): Promise<void> {
    const { address, preferredPort } = this.#configuration;
    const { network } = this.#server.parts;
    this.#ports = await Ports.open({
      address,
      preferredPort,
      onDatagram: (bytes, from, port) => network.receive(bytes, from, port),
      onSendFailed: () => network.noteSendFailed(),
      mayMove: () => network.isFollowed,
      heartbeatMs: () => this.#server.heartbeatMs,
      onMoved: (port, isOwn) => {
        this.#server.moveTo(port);
        this.#trace.add({ type: 'nodeMoved', port, reason: isOwn ? 'calm' : 'flooded' });
        this.#outlet.post({ type: 'moved', port });
      },
    });
    const { port } = this.#ports;
    this.#server.begin({ address, port, threadId }, performance.now() - openedAtMs);
    // Whoever waits for the start must find it in the trace.
    this.#trace.flush();
    this.#outlet.post({ type: 'started', port });
    this.#loop.start();
    this.#door.set(this.#configuration.door ?? null);
  }

  // ---- The end ------------------------------------------------------------------------------------------------------

  #stop(): void {
    this.#guard(() => this.#server.writeWaiting(() => undefined));
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
    this.#door.end();
    this.#ports?.close();
    try {
      this.#storage.close();
    } catch {
      // The reason why the node ends is reported elsewhere; a file that could not be closed adds nothing to it.
    }
  }
}

function secretOf(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64');
}
