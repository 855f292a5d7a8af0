/** A lab whose host is another machine: its picture comes from there, its commands go there, some nodes run here. */
import { join } from 'node:path';
import type { z } from 'zod';
import type { LabSummary, LiveAttachAnswer } from '../../contract/answers.ts';
import { answerSchemas } from '../../contract/answerSchemas.ts';
import type { CommandName } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import type { LanRole, LanStatus, MachineStatus } from '../../contract/lan.ts';
import type { NodeId } from '../../raft/types.ts';
import { applyEvent, emptyView } from '../../trace/fold.ts';
import { RECENT_EVENTS } from '../../trace/labTrace.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import type { ClusterView } from '../../trace/view.ts';
import type { DatabaseReader } from '../../lab/disk/databaseReader.ts';
import type { NodePlan } from '../../lab/nodes/nodeLink.ts';
import { untilCalledOff } from '../calledOff.ts';
import type { MachineMemory } from '../identity/memory.ts';
import { HostConnection } from './hostConnection.ts';
import { GuestNodes } from './guestNodes.ts';
import type { LabLog } from '../../lab/service.ts';
import { REASON_CHARACTERS_MAX } from '../channel/protocol.ts';
import type { FromHost } from '../channel/protocol.ts';

const EVENTS_KEPT_MAX = 4000;
/** How long a host may take to send the picture of its lab after it let a machine in. */
const PICTURE_LIMIT_MS = 10_000;

export interface JoinOptions {
  readonly address: string;
  readonly port: number;
  readonly codeKey: Uint8Array;
  readonly memory: MachineMemory;
  /** Whether this machine has a lab of its own open to the LAN. */
  readonly isHosting: () => boolean;
  /** Which run of the program this is. */
  readonly runId: string;
  readonly machineName: string;
  readonly role: LanRole;
  readonly permits: boolean;
  /** The folder of this machine's node files, with a folder for each lab. */
  readonly folder: string;
  readonly nodeWorkerUrl: URL | string;
  readonly reader: DatabaseReader;
  readonly log: LabLog;
  /** This one and the two below are called only after the lab was joined. */
  readonly onEvents: (events: readonly TraceEvent[]) => void;
  /** The whole picture was replaced: windows must attach again. */
  readonly onViewReplaced: () => void;
  /** The host has sent this machine away. */
  readonly onDismissed: (message: string) => void;
  /** This machine's clock, milliseconds since 1970. */
  readonly clockMs?: () => number;
}

export class JoinedLab {
  readonly #options: JoinOptions;
  readonly #connection: HostConnection;
  #nodes: GuestNodes | undefined;
  #view: ClusterView = emptyView();
  #events: TraceEvent[] = [];
  #machineId = '';
  #labId = '';
  #labName = '';
  #hostName = '';
  #machines: readonly MachineStatus[] = [];
  #problem: string | null = null;
  #permits: boolean;
  /** The nodes that this machine's commands in progress act on. */
  readonly #ownWishes: string[] = [];
  #isLeaving = false;
  readonly #arrival = new Arrival();
  /** Set once `join` has returned this lab: the callbacks may be called from now on. */
  #isJoined = false;
  /** The host's words when it sent this machine away. */
  #farewell: string | undefined;

  /**
   * Joins a lab. Resolves when its picture has arrived.
   * @param signal cancels it
   * @throws {LabError} that says what is wrong and what to do; everything that was begun is then undone
   */
  static async join(options: JoinOptions, signal: AbortSignal): Promise<JoinedLab> {
    const lab = new JoinedLab(options);
    const callOff = (): void => lab.#arrival.fail(new LabError('refused', 'joining the lab was cancelled'));
    signal.addEventListener('abort', callOff);
    if (signal.aborted) {
      callOff();
    }
    let timer: NodeJS.Timeout | undefined;
    try {
      lab.#machineId = (await options.memory.key()).machineId;
      await Promise.race([lab.#connection.connect(), lab.#arrival.promise]);
      timer = setTimeout(() => lab.#arrival.fail(
        new LabError('refused', 'the host let this machine in but did not send its lab: try again'),
      ), PICTURE_LIMIT_MS);
      await lab.#arrival.promise;
      if (lab.#farewell !== undefined) {
        throw new LabError('refused', lab.#farewell);
      }
      lab.#isJoined = true;
      return lab;
    } catch (error) {
      await lab.close();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', callOff);
    }
  }

  private constructor(options: JoinOptions) {
    this.#options = options;
    this.#permits = options.permits;
    this.#connection = new HostConnection({
      address: options.address,
      port: options.port,
      codeKey: options.codeKey,
      memory: options.memory,
      isHosting: options.isHosting,
      log: options.log,
      ...(options.clockMs === undefined ? {} : { clockMs: options.clockMs }),
      hello: () => ({
        runId: options.runId,
        machineName: options.machineName,
        role: options.role,
        permits: this.#permits,
        running: [...this.#nodes?.running ?? []],
      }),
      onConnected: ({ labId, labName, hostName }) => {
        this.#labId = labId;
        this.#labName = labName;
        this.#hostName = hostName;
        this.#problem = null;
        this.#nodes ??= this.#openNodes(labId);
      },
      onMessage: (message) => this.#take(message),
      onLost: (problem, mayReturn) => {
        this.#problem = problem;
        this.#nodes?.liftFaults();
        this.#farewell = mayReturn ? undefined : problem;
        this.#arrival.fail(new LabError('refused', problem));
        if (!mayReturn && this.#isJoined) {
          options.onDismissed(problem);
        }
      },
    });
  }

  get labId(): string {
    return this.#labId;
  }

  get summary(): LabSummary {
    const { pace, variant } = this.#view;
    return {
      labId: this.#labId, name: this.#labName, nodeCount: Object.keys(this.#view.nodes).length, pace, variant,
      createdAtMs: 0, openedAtMs: 0, isOpen: true,
    };
  }

  get status(): LanStatus {
    const { isConnected, needsCode, doorPassword, clockOffsetMs, place: { address, port } } = this.#connection;
    return {
      mode: 'joined', hostName: this.#hostName, address, port, role: this.#options.role, machineId: this.#machineId,
      permits: this.#permits, isConnected, needsCode, doorPassword, problem: this.#problem, machines: this.#measured(),
      clockOffsetMs,
    };
  }

  /** The host does not know its own round-trip time, but this machine does. */
  #measured(): readonly MachineStatus[] {
    const { isConnected, roundTripMs } = this.#connection;
    return this.#machines.map((machine) => (
      machine.role === 'host' ? { ...machine, isConnected, roundTripMs: roundTripMs ?? null } : machine
    ));
  }

  /** The nodes that run on this machine. */
  get ownNodes(): readonly NodeName[] {
    return this.#nodes?.names ?? [];
  }

  attach(): LiveAttachAnswer {
    return { view: structuredClone(this.#view), recentEvents: this.#events.slice(-RECENT_EVENTS) };
  }

  /**
   * Carries out a command at the host.
   * @throws {LabError} the host's; when the host is not connected; when its answer does not fit this command
   */
  async execute(name: CommandName, input: Readonly<Record<string, unknown>>): Promise<unknown> {
    const wish = 'node' in input ? String(input['node']) : '';
    this.#ownWishes.push(wish);
    try {
      const answer = await this.#connection.ask((requestId) => ({ type: 'command', requestId, name, input }));
      return checked(name, answer);
    } finally {
      this.#ownWishes.splice(this.#ownWishes.indexOf(wish), 1);
    }
  }

  /** Brings a node of this machine into the cluster. @returns its name */
  bringNode(asLearner: boolean): Promise<unknown> {
    return this.#connection.ask((requestId) => ({ type: 'bringNode', requestId, asLearner }));
  }

  /**
   * Connects with another code: the host has renewed its own.
   * @param signal cancels it
   * @throws {LabError} that says what is wrong
   */
  useCode(codeKey: Uint8Array, signal: AbortSignal): Promise<void> {
    return this.#connection.useCode(codeKey, signal);
  }

  setPermits(permits: boolean): void {
    this.#permits = permits;
    if (this.#nodes !== undefined) {
      this.#nodes.permits = permits;
    }
    this.#connection.send({ type: 'permits', permits });
  }

  /**
   * Leaves for good: this machine's nodes are removed from the configuration while they still run. If the host is away
   * or this takes too long, the machine still leaves, and the host completes the removal.
   * @param signal ends the wait for the host
   */
  async leave(signal: AbortSignal): Promise<void> {
    this.#isLeaving = true;
    const answer = this.#connection.ask((requestId) => ({ type: 'leave', requestId })).catch(() => undefined);
    await untilCalledOff(answer, signal);
    await this.close();
  }

  /** Stops this machine's nodes and disconnects from the host. The nodes come back when the lab is joined again. */
  async close(): Promise<void> {
    this.#connection.close();
    await this.#nodes?.close();
  }

  #openNodes(labId: string): GuestNodes {
    return new GuestNodes({
      workerUrl: this.#options.nodeWorkerUrl,
      folder: join(this.#options.folder, labId),
      onMessage: (id, message) => this.#connection.send({ type: 'node', id, message }),
      onExit: (id, reason) => this.#exited(id, reason),
      isOwnWish: (name) => this.#isLeaving || this.#ownWishes.includes(name),
    }, this.#permits);
  }

  #take(message: FromHost): void {
    switch (message.type) {
      case 'attached':
        this.#replaceView(message.answer);
        return;
      case 'events':
        this.#follow(message.batch);
        return;
      case 'machines':
        this.#machines = message.machines;
        // The host sends the machines right after the picture: the joined lab is complete now.
        this.#arrival.succeed();
        return;
      case 'launch':
        void this.#launch(message.plan);
        return;
      case 'terminate':
      case 'pause':
      case 'resume':
        void this.#errand(message.requestId, async () => {
          const problem = await this.#nodes?.act(message.id, message.type) ?? null;
          return { problem, value: null };
        });
        return;
      case 'node':
        this.#nodes?.post(message.id, message.message);
        return;
      case 'erase':
        void this.#errand(message.requestId, async () => {
          const problem = await this.#nodes?.erase(message.name) ?? null;
          return { problem, value: null };
        });
        return;
      case 'disk':
        void this.#errand(message.requestId, async () => ({ problem: null, value: await this.#readDisk(message) }));
        return;
      default: // a reply or a welcome, which the connection handles
    }
  }

  async #launch(plan: NodePlan): Promise<void> {
    const { id } = plan;
    if (plan.labId !== this.#labId) {
      this.#exited(id, 'it is a node of another lab');
      return;
    }
    try {
      // The node is bound to the address from which this machine reaches the host: other nodes reach it there.
      await this.#nodes?.launch({ ...plan, address: this.#connection.localAddress });
    } catch (error) {
      this.#exited(id, `the node could not be started here (${String(error)})`);
    }
  }

  #exited(id: NodeId, reason: string): void {
    this.#connection.send({ type: 'nodeExited', id, reason: reason.slice(0, REASON_CHARACTERS_MAX) });
  }

  async #errand(
    requestId: number, run: () => Promise<{ readonly problem: string | null; readonly value: unknown }>,
  ): Promise<void> {
    try {
      this.#connection.send({ type: 'done', requestId, ...await run() });
    } catch (error) {
      const problem = error instanceof LabError ? error.message : String(error);
      this.#connection.send({ type: 'done', requestId, problem: problem.slice(0, REASON_CHARACTERS_MAX) });
    }
  }

  async #readDisk({ name, fromIndex, count }: FromHost & { type: 'disk' }): Promise<unknown> {
    const folder = this.#nodes?.folderOf(name) ?? '';
    return this.#options.reader.read({ nodeName: name, databasePath: join(folder, 'raft.db'), fromIndex, count });
  }

  #replaceView({ view, recentEvents }: LiveAttachAnswer): void {
    this.#view = view;
    this.#events = [...recentEvents];
    if (this.#isJoined) {
      this.#options.onViewReplaced();
    }
  }

  #follow({ batch, firstSeq, events }: (FromHost & { type: 'events' })['batch']): void {
    // The picture depends on events that were lost: it is requested again.
    if (firstSeq > this.#view.seq + 1) {
      this.#connection.send({ type: 'attach' });
      return;
    }
    for (const event of events) {
      applyEvent(this.#view, event);
      this.#events.push(event);
    }
    if (this.#events.length > EVENTS_KEPT_MAX * 2) {
      this.#events = this.#events.slice(-EVENTS_KEPT_MAX);
    }
    if (this.#isJoined) {
      this.#options.onEvents(events);
    }
    this.#connection.send({ type: 'acknowledge', batch });
  }
}

/** Whether the joined lab has arrived. The first outcome counts. */
class Arrival {
  readonly promise: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: LabError) => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.promise.catch(() => undefined); // `join` handles the rejection
  }

  succeed(): void {
    this.#resolve();
  }

  fail(error: LabError): void {
    this.#reject(error);
  }
}

/** @throws {LabError} when this is not an answer to the command */
function checked(name: CommandName, answer: unknown): unknown {
  const schemas: Readonly<Partial<Record<CommandName, z.ZodType>>> = answerSchemas;
  const parsed = schemas[name]?.safeParse(answer);
  if (parsed?.success !== true) {
    throw new LabError('unknown-outcome', 'unknown outcome: the host’s answer does not belong to this command');
  }
  return parsed.data;
}
