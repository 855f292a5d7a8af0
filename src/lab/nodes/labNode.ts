/** One node of the open lab over all its lives: started, crashed, restarted, paused, wiped. */
import { join } from 'node:path';
import { LabError } from '../../contract/errors.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import type { PeerAddress } from '../../server/protocol.ts';
import type { NodeId } from '../../raft/types.ts';
import { nodeIdOf, nodeNameOf } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import { LOOPBACK } from '../../trace/network.ts';
import type { LabFileNode } from '../files/labFile.ts';
import type { LabNodeHost } from './labNodeHost.ts';
import type { NodePlace } from './nodePlace.ts';
import type { DataState } from '../../membership/votersData.ts';
import { DoorMemory } from './doorMemory.ts';
import { NodeData } from './nodeData.ts';
import { nodePlan } from './nodePlan.ts';
import { notRunningError } from './nodeState.ts';
import type { NodeState } from './nodeState.ts';
import { NodeThread } from './nodeThread.ts';
import { SerialQueue } from '../serialQueue.ts';

const STOP_LIMIT_MS = 3000;

export class LabNode {
  readonly name: NodeName;
  readonly number: number;
  /** Its wanted role in the cluster, and the node that it replaces: see labFile.ts. */
  member: LabFileNode['member'];
  replaces: LabFileNode['replaces'];
  /** The machine that it runs on; null for this one. */
  readonly machine: LabFileNode['machine'];
  readonly #host: LabNodeHost;
  readonly #queue = new SerialQueue();
  #incarnation: number;
  #address: string;
  /** Its own port, which it should get again when it is started again. */
  #port: number;
  /** The port at which it receives now: another one while its own is flooded. */
  #heardAtPort: number;
  readonly #door: DoorMemory;
  #hasRun: boolean;
  #state: NodeState = 'stopped';
  /** While its machine is away: its state before that. */
  #stateBefore: NodeState = 'running';
  #thread: NodeThread | undefined;
  #failure: LabErrorData | undefined;
  /** While it is being bound again, and after that has failed: its state before. */
  #unbound: 'running' | 'paused' | undefined;
  readonly #data = new NodeData();
  /** The lab is being closed, or the node is being removed: it must not be started again. */
  #isClosed = false;

  constructor(kept: LabFileNode, host: LabNodeHost) {
    this.number = kept.number;
    this.member = kept.member;
    this.replaces = kept.replaces;
    this.machine = kept.machine;
    this.#address = LOOPBACK;
    this.name = nodeNameOf(kept.number);
    this.#host = host;
    this.#incarnation = kept.incarnation;
    this.#port = kept.port;
    this.#heardAtPort = kept.port;
    this.#door = new DoorMemory(kept.number, kept.doorPort);
    this.#hasRun = kept.hasRun;
  }

  get id(): NodeId {
    return nodeIdOf(this.number, this.#incarnation);
  }

  /** The id that it has when it is wiped. */
  get nextId(): NodeId {
    return nodeIdOf(this.number, this.#incarnation + 1);
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  /**
   * Whether it has the data that belongs to its id, as far as is known without a check. A node that has never run has
   * promised nothing, and so has nothing to lose.
   */
  get data(): DataState {
    if (this.#state === 'away') {
      return 'unknown';
    }
    return this.#data.state;
  }

  /** The same after a check of the disk: somebody may delete files unnoticed, even while the node runs. */
  async lookForData(): Promise<DataState> {
    const place = this.#host.place();
    if (place === undefined || this.#state === 'away') {
      return 'unknown';
    }
    if (this.#hasRun) {
      const { id } = this;
      const data = await place.dataOf(this.name, id, this.#thread !== undefined);
      if (data === 'unknown' && !this.#data.hasFailedOnFile) {
        return data;
      }
      if (id === this.id) {
        this.#data.saw(data);
      }
    }
    return this.data;
  }

  get databasePath(): string {
    return join(this.#host.folder, this.name, 'raft.db');
  }

  get peerAddress(): PeerAddress {
    const door = this.#thread === undefined ? undefined : this.#door.place;
    return { id: this.id, address: this.#address, port: this.#heardAtPort, ...(door === undefined ? {} : { door }) };
  }

  /** What lab.json keeps. A node that failed is started again when the lab is opened again. */
  get kept(): LabFileNode {
    const state = this.#state === 'away' ? this.#stateBefore : this.#state;
    return {
      number: this.number,
      incarnation: this.#incarnation,
      port: this.#port,
      doorPort: this.#door.keptPort,
      hasRun: this.#hasRun,
      state: state === 'crashed' || state === 'paused' ? state : 'running',
      member: this.member,
      replaces: this.replaces,
      machine: this.machine,
    };
  }

  /** Brings the node into the state that lab.json has kept. Does not wait until it runs. */
  resumeKept(state: LabFileNode['state']): void {
    const place = this.#host.place();
    if (place === undefined) {
      this.#stateBefore = state;
      this.#beAway();
      return;
    }
    if (state === 'crashed' && !place.runs(this.id)) {
      this.#state = 'crashed';
      this.#host.emit(this.id, { type: 'nodeCrashed' });
      return;
    }
    const thread = this.#launch();
    if (state === 'paused') {
      thread.started.then(() => this.pause()).catch(() => undefined); // the failed start has been reported
    }
  }

  /** Its machine is connected: connects to a node that runs there, or starts one that ran when it was last seen. */
  arrived(): void {
    if (this.#state === 'away') {
      this.resumeKept(this.kept.state);
    }
  }

  /** Its machine is no longer connected: the node may still run, but the lab cannot know. */
  wentAway(): void {
    if (this.#state !== 'away') {
      this.#stateBefore = this.#state;
      const thread = this.#thread;
      this.#thread = undefined;
      thread?.lose();
      this.#beAway();
    }
  }

  /**
   * The thread of a node that can be asked, once it has started. @throws {LabError} that says why it cannot be asked
   */
  async running(): Promise<NodeThread> {
    const thread = this.#thread;
    if (this.#state === 'starting' && thread !== undefined) {
      await thread.started;
    }
    if (this.#state !== 'running' || thread === undefined || thread !== this.#thread) {
      throw this.#notRunning();
    }
    return thread;
  }

  /** For messages that a node may miss: it gets everything again when it starts. */
  get threadIfAny(): NodeThread | undefined {
    return this.#thread;
  }

  /** The lab's settings for doors have changed. A node that does not run learns of them when it starts. */
  tellOfDoor(): void {
    this.#thread?.post({ type: 'door', door: this.#door.settingsFor(this.#host.door()) });
  }

  crash(): Promise<void> {
    return this.#queue.run(() => this.#terminate('crashed'));
  }

  restart(): Promise<void> {
    return this.#queue.run(async () => {
      if (this.#thread !== undefined) {
        throw new LabError('node-running', this.#state === 'paused'
          ? `node ${this.name} is paused, not crashed: resume it`
          : `node ${this.name} is running already: crash it first`);
      }
      await this.#launch().started;
    });
  }

  /** Whether it has failed because it could not be bound again: the next try starts it. */
  get isUnbound(): boolean {
    return this.#unbound !== undefined && this.#state === 'failed';
  }

  /**
   * Stops a running node cleanly and starts it again, because its address and its secret have changed.
   * @throws {LabError} when it does not start again
   */
  rebind(): Promise<void> {
    return this.#queue.run(async () => {
      const thread = this.#thread;
      await thread?.started.catch(() => undefined); // the failed start has been reported
      const before = this.isUnbound ? this.#unbound : this.#state === 'paused' ? 'paused' : 'running';
      if (!this.isUnbound && (thread === undefined || thread !== this.#thread)) {
        return;
      }
      await thread?.stop(STOP_LIMIT_MS);
      this.#unbound = before;
      const next = this.#launch();
      await next.started;
      this.#unbound = undefined;
      if (before === 'paused') {
        await this.#pauseThread(next);
      }
    });
  }

  pause(): Promise<void> {
    return this.#queue.run(async () => {
      await this.#pauseThread(await this.running());
    });
  }

  resume(): Promise<void> {
    return this.#queue.run(async () => {
      const thread = this.#thread;
      if (this.#state !== 'paused' || thread === undefined) {
        throw this.#state === 'running'
          ? new LabError('node-running', `node ${this.name} is not paused`)
          : this.#notRunning();
      }
      await thread.resume();
      if (thread !== this.#thread) {
        throw this.#notRunning();
      }
      this.#state = 'running';
      this.#host.emit(this.id, { type: 'nodeResumed' });
      this.#host.onChanged();
    });
  }

  /**
   * Deletes the node's file and brings the node back under a new incarnation, and so a new Raft id: a node that forgot
   * its vote must not vote under its old id (docs/decisions).
   * @param onErased called when its data is gone, before the new incarnation starts
   * @throws {LabError} when it cannot be stopped, its incarnation cannot be saved or its file cannot be deleted: then
   *   it stays what it was
   */
  wipe(onErased: () => void): Promise<void> {
    return this.#queue.run(async () => {
      this.#checkNotClosed();
      // A full disk is noticed here, before the node is stopped.
      await this.#saveForWipe();
      const before = this.#thread === undefined ? undefined : this.#state;
      if (before !== undefined) {
        await this.#terminate('stopped');
      }
      const [former, hadRun] = [this.#incarnation, this.#hasRun];
      this.#incarnation += 1;
      this.#hasRun = false;
      try {
        // lab.json first: a crash in between must not bring back the old incarnation without its file.
        await this.#saveForWipe();
        await this.#atPlace((place) => place.erase(this.name));
      } catch (error) {
        // The database is deleted before its write-ahead log. So what is left can be opened, or is noticed missing.
        this.#incarnation = former;
        this.#hasRun = hadRun;
        this.#host.onChanged();
        if (before !== undefined && this.#host.place() !== undefined) {
          await this.#comeBack(before).catch(() => undefined); // an event reports the failed start
        }
        throw error;
      }
      this.#data.isHeld();
      onErased();
      this.#host.emit(this.id, { type: 'nodeWiped', incarnation: this.#incarnation });
      await this.#launch().started;
    });
  }

  /**
   * Makes room for a node that was just added: deletes what a removed node of this name may have left behind if its
   * removal was interrupted.
   * @throws {LabError} when its folder cannot be created
   */
  prepare(): Promise<void> {
    return this.#queue.run(() => this.#atPlace((place) => place.prepare(this.name)));
  }

  /** Starts a node that was prepared. Resolves when it runs. */
  startNew(): Promise<void> {
    // Somebody may have restarted it meanwhile.
    return this.#queue.run(() => (this.#thread ?? this.#launch()).started);
  }

  /** Deletes the folder of a closed and removed node. */
  deleteFolder(): Promise<void> {
    return this.#queue.run(async () => {
      // A machine that is away, or keeps the file, does not delay the removal: the node's id is never used again.
      await this.#host.place()?.remove(this.name);
    });
  }

  /** Stops the node cleanly because the lab is being closed; its state is kept as it was. */
  close(): Promise<void> {
    this.#isClosed = true;
    // Jobs that wait for a slow start must not delay the end.
    const isEnding = this.#state === 'starting' ? this.#thread?.stop(STOP_LIMIT_MS) : undefined;
    return this.#queue.run(async () => {
      await (isEnding ?? this.#thread?.stop(STOP_LIMIT_MS));
      this.#thread = undefined;
    });
  }

  #beAway(): void {
    this.#state = 'away';
    this.#host.emit(this.id, { type: 'nodeAway', machine: this.machine?.name ?? 'its machine' });
  }

  /** @throws {LabError} when it does not start, or cannot be paused */
  async #comeBack(before: NodeState): Promise<void> {
    const thread = this.#launch();
    await thread.started;
    if (before === 'paused') {
      await this.#pauseThread(thread);
    }
  }

  /** @throws {LabError} when it cannot be paused, or has ended meanwhile */
  async #pauseThread(thread: NodeThread): Promise<void> {
    await thread.pause();
    if (thread !== this.#thread) {
      throw this.#notRunning();
    }
    this.#state = 'paused';
    this.#host.emit(this.id, { type: 'nodePaused' });
    this.#host.onChanged();
  }

  /** @throws {LabError} when lab.json cannot be written */
  async #saveForWipe(): Promise<void> {
    try {
      await this.#host.save();
    } catch (error) {
      throw error instanceof LabError
        ? new LabError(error.code, `${this.name} was not wiped: ${error.message}`) : error;
    }
  }

  /** @throws {LabError} when the place is not available, or fails */
  async #atPlace(act: (place: NodePlace) => Promise<void>): Promise<void> {
    const place = this.#host.place();
    if (place === undefined) {
      throw this.#notRunning();
    }
    try {
      await act(place);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new LabError('refused', `the files of ${this.name} could not be touched (${reason})`);
    }
  }

  /** @throws {LabError} when the node must not be started again, or its machine is not connected */
  #launch(): NodeThread {
    const { id } = this;
    this.#checkNotClosed();
    const place = this.#host.place();
    if (place === undefined) {
      throw this.#notRunning();
    }
    this.#state = 'starting';
    this.#failure = undefined;
    this.#address = place.address;
    this.#door.closed();
    const door = this.#door.settingsFor(this.#host.door());
    const plan = nodePlan(this.#host, {
      name: this.name,
      id,
      incarnation: this.#incarnation,
      address: place.address,
      preferredPort: this.#port,
      mayCreateDatabase: !this.#hasRun,
      ...(door === null ? {} : { door }),
    });
    const thread = new NodeThread(this.name, place.launch(plan), {
      onEvents: (events, dropped) => {
        this.#host.onEvents(id, events, dropped);
        if (thread === this.#thread && this.#door.note(events)) {
          this.#host.onChanged();
        }
      },
      onOperations: (operations) => this.#host.onOperations(operations),
      onStarted: (port) => this.#onStarted(thread, port),
      onMoved: (port) => this.#onMoved(thread, port),
      onFailed: (error) => this.#onFailed(thread, error),
      onDied: (message) => {
        this.#host.emit(id, { type: 'nodeFailed', code: 'internal', message });
        this.#onFailed(thread, { code: 'internal', message });
      },
    });
    this.#thread = thread;
    return thread;
  }

  #onStarted(thread: NodeThread, port: number): void {
    if (thread === this.#thread && this.#state === 'starting') {
      this.#state = 'running';
      this.#port = port;
      this.#heardAtPort = port;
      this.#hasRun = true;
      this.#data.isHeld();
      this.#host.onChanged();
    }
  }

  #onMoved(thread: NodeThread, port: number): void {
    if (thread === this.#thread) {
      this.#heardAtPort = port;
      this.#host.onChanged();
    }
  }

  #onFailed(thread: NodeThread, error: LabErrorData): void {
    if (thread === this.#thread) {
      this.#state = 'failed';
      this.#failure = error;
      this.#data.failed(error.code);
      this.#thread = undefined;
      this.#host.onChanged();
    }
  }

  /** @throws {LabError} when it does not run, or cannot be ended: then it stays what it was */
  async #terminate(state: 'crashed' | 'stopped'): Promise<void> {
    const thread = this.#thread;
    await thread?.terminate().catch((error: unknown) => {
      // It may still end when nobody waits for that.
      void thread.exited.then(() => this.#takeEnd(thread, 'crashed'));
      throw error;
    });
    this.#takeEnd(thread, state);
    // Its machine may have disconnected meanwhile, or the node may have ended by itself.
    if (thread === undefined || (this.#state !== state && this.#state !== 'crashed')) {
      throw this.#notRunning();
    }
  }

  #takeEnd(thread: NodeThread | undefined, state: 'crashed' | 'stopped'): void {
    if (thread !== undefined && thread === this.#thread) {
      this.#state = state;
      this.#thread = undefined;
      if (state === 'crashed') {
        this.#host.emit(this.id, { type: 'nodeCrashed' });
      }
      this.#host.onChanged();
    }
  }

  /** @throws {LabError} when its lab is being closed, or it is being removed */
  #checkNotClosed(): void {
    if (this.#isClosed) {
      throw new LabError(
        'node-stopped', `node ${this.name} does not start: its lab is being closed, or it is being removed`,
      );
    }
  }

  #notRunning(): LabError {
    return notRunningError(this.name, this.#state, this.#failure?.message, this.machine?.name);
  }
}
