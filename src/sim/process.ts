/**
 * A simulated server between a start and a crash: the real server, in a thread that pauses, waits for its disk, and has
 * a clock of its own. It stands where a worker thread with its socket and its timers stands in a real node.
 */
import { type NodeId, ProposalDropped, type RaftNode } from '../raft/index.ts';
import type { LabError } from '../contract/errors.ts';
import { type PassedTicks, type PaceTimes, ticksToCount } from '../server/pace.ts';
import type { ServerConfiguration, ServerRequest } from '../server/protocol.ts';
import { Server } from '../server/server.ts';
import type { Clock, Pacemaker, ServerWorld, Timer } from '../server/world.ts';
import { CheapDigest } from './cheapDigest.ts';
import { hashBytes } from './random.ts';
import type { LocalClock } from './localClock.ts';
import type { Micros, Schedule, Subject } from './schedule.ts';
import { SimulatedStore } from './simulatedStore.ts';
import type { SimulatedDisk } from './disk.ts';

/** Datagrams and timers that wait while a server is paused or writing; more datagrams are lost, as in a full buffer. */
const WAITING_MAX = 1000;

/** What a process needs from the node that it runs on, and what it reports to it. */
export interface ProcessHost {
  readonly id: NodeId;
  readonly schedule: Schedule;
  readonly disk: SimulatedDisk;
  readonly clock: LocalClock;
  /** What the trace calls the beginning of virtual time, in milliseconds. */
  readonly originMs: number;
  /** Whether the process may run: it is not paused. */
  readonly isRunning: boolean;
  /** How long a write that begins now takes. */
  drawWriteMicros(): Micros;
  /** How long it is busy when it has asked itself for another turn. */
  drawWorkMicros(): Micros;
  /** A turn of the server begins. */
  onTurn(): void;
  /** What an error is to whoever looks at the node; undefined: a violation that ends the whole run. */
  failureOf(error: unknown): LabError | undefined;
  /** It cannot go on: its disk is full, or holds what it must not. */
  onFailed(error: LabError): void;
}

export class ServerProcess implements Clock, Pacemaker {
  readonly server: Server;
  readonly #host: ProcessHost;
  readonly #subjects: Readonly<Record<'tick' | 'timer' | 'turn' | 'write', Subject>>;
  #hasEnded = false;
  #tickMs: number;
  #dueTicks = 0;
  #isTurnWanted = false;
  #isTurnScheduled = false;
  #isWorking = false;
  /** Whether it is at a turn, not only at taking input. */
  #isInTurn = false;
  /** What happened while the thread could not run, in order. */
  #waiting: (() => void)[] = [];

  /** @param world all but what this process is itself */
  constructor(
    host: ProcessHost, configuration: ServerConfiguration, secret: Uint8Array | undefined,
    world: Pick<ServerWorld, 'answers' | 'observer' | 'seals' | 'trace' | 'transport'>,
  ) {
    this.#host = host;
    this.#subjects = subjectsOf(host.id);
    this.#tickMs = configuration.times.tickMs;
    this.server = new Server(configuration, secret, {
      ...world,
      clock: this,
      pacemaker: this,
      store: new SimulatedStore(host.disk, (finish, goOn) => this.#letWrite(finish, goOn)),
      newSha256: () => new CheapDigest(),
      crc32: (bytes) => hashBytes(bytes),
    });
  }

  /** Starts the clock. */
  begin(): void {
    this.#do(() => this.server.begin({ address: 'simulated', port: this.server.parts.raft.id, threadId: 0 }, 0));
    this.#scheduleTick();
    this.schedule();
  }

  /** Stops at once; what was scheduled for it does not happen, and is not among what comes next. */
  end(): void {
    this.#hasEnded = true;
    const own = new Set(Object.values(this.#subjects));
    for (const { subject, order } of this.#host.schedule.pending()) {
      if (subject !== undefined && own.has(subject)) this.#host.schedule.take(order);
    }
  }

  // ---- What happens to it -------------------------------------------------------------------------------------------

  receive(bytes: Uint8Array, from: number): void {
    if (this.#waiting.length < WAITING_MAX) {
      this.#whenFree(() => this.server.parts.network.receive(bytes, 'simulated', from));
    }
  }

  handle(request: ServerRequest): void {
    this.#whenFree(() => this.server.handle(request));
  }

  /** Does something with the core that no request can. */
  command(action: (raft: RaftNode) => void): void {
    this.#whenFree(() => {
      try {
        action(this.server.parts.raft);
      } catch (error) {
        if (!(error instanceof ProposalDropped)) {
          throw error;
        }
      }
      this.schedule();
    });
  }

  /** Follows other times. @param onFollowed called just before */
  follow(times: PaceTimes, leaseReads: boolean, onFollowed: () => void): void {
    this.#whenFree(() => {
      onFollowed();
      this.server.handle({ type: 'leaseReads', enabled: leaseReads });
      this.server.setTimes(times);
    });
  }

  /** Takes what has waited: the thread may run again. */
  wake(): void {
    this.#workOff();
  }

  // ---- Clock and pacemaker ------------------------------------------------------------------------------------------

  nowMs(): number {
    return this.#host.clock.nowMs;
  }

  traceMs(): number {
    return this.#host.originMs + this.#host.schedule.now / 1000;
  }

  after(delayMs: number, action: () => void): Timer {
    let isCancelled = false;
    const appointment = this.#host.schedule.after(this.#host.clock.microsOf(delayMs), () => {
      if (!isCancelled) {
        this.#whenFree(() => {
          if (!isCancelled) action();
        });
      }
    }, this.#subjects.timer);
    return {
      cancel: () => {
        isCancelled = true;
        this.#host.schedule.take(appointment);
      },
    };
  }

  get tickMs(): number {
    return this.#tickMs;
  }

  setTickMs(tickMs: number): void {
    this.#tickMs = tickMs;
  }

  takeTicks(): PassedTicks {
    const passedTicks = this.#dueTicks;
    this.#dueTicks = 0;
    return ticksToCount(passedTicks);
  }

  schedule(): void {
    this.#isTurnWanted = true;
    if (!this.#isTurnScheduled) {
      this.#isTurnScheduled = true;
      // Work in steps takes time: what arrives meanwhile is taken between two of them.
      this.#host.schedule.after(this.#isInTurn ? this.#host.drawWorkMicros() : 0, () => {
        this.#isTurnScheduled = false;
        this.#workOff();
      }, this.#subjects.turn);
    }
  }

  // ---- The thread ---------------------------------------------------------------------------------------------------

  get #isFree(): boolean {
    return !this.#hasEnded && !this.#isWorking && this.#host.isRunning && !this.#host.disk.isWriting;
  }

  #whenFree(action: () => void): void {
    if (this.#hasEnded) {
      return;
    }
    this.#waiting.push(action);
    if (this.#waiting.length === 1) {
      this.#workOff();
    }
  }

  /** Takes what has waited, in order, then a turn. */
  #workOff(): void {
    while (this.#isFree && this.#waiting.length > 0) {
      const action = this.#waiting.shift();
      if (action !== undefined) this.#do(action);
    }
    if (this.#isFree && this.#isTurnWanted && !this.#isTurnScheduled) {
      this.#runTurn();
    }
  }

  #runTurn(): void {
    this.#isTurnWanted = false;
    this.#host.onTurn();
    const { dueTicks, isTimeLost } = this.takeTicks();
    this.#do(() => this.#inTurn(() => this.server.turn(dueTicks, isTimeLost)));
  }

  #inTurn(action: () => void): void {
    this.#isInTurn = true;
    action();
    this.#isInTurn = false;
  }

  #do(action: () => void): void {
    this.#isWorking = true;
    try {
      action();
    } catch (error) {
      const failure = this.#host.failureOf(error);
      if (failure === undefined) {
        throw error;
      }
      this.#host.onFailed(failure);
    } finally {
      this.#isWorking = false;
    }
  }

  #letWrite(finish: () => void, goOn: () => void): Micros {
    const micros = this.#host.drawWriteMicros();
    this.#host.schedule.after(micros, () => {
      if (!this.#hasEnded) {
        finish();
        this.#waiting.unshift(() => this.#inTurn(goOn));
        this.#workOff();
      }
    }, this.#subjects.write);
    return micros;
  }

  #scheduleTick(): void {
    this.#host.schedule.after(this.#host.clock.microsOf(this.#tickMs), () => {
      if (!this.#hasEnded) {
        this.#dueTicks += 1;
        this.schedule();
        this.#scheduleTick();
      }
    }, this.#subjects.tick);
  }
}

function subjectsOf(node: NodeId): Readonly<Record<'tick' | 'timer' | 'turn' | 'write', Subject>> {
  const of = (type: 'tick' | 'timer' | 'turn' | 'write') => ({ type, node });
  return { tick: of('tick'), timer: of('timer'), turn: of('turn'), write: of('write') };
}
