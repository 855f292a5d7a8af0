/** Simulated clients: they register, write, read, retry with the same number, and remember what they saw. */
import type { KvEntry, KvResult } from '../kv/index.ts';
import type { NodeId } from '../raft/index.ts';
import type { Operation } from './linearizability/history.ts';
import type { SingleKeyCommand } from './linearizability/models.ts';
import type { Random } from './random.ts';
import type { Micros, Schedule } from './schedule.ts';
import { TICK_MICROS, type SimSettings } from './settings.ts';

/** What a client can do with the cluster. */
export interface ClientWorld {
  readonly schedule: Schedule;
  readonly settings: SimSettings;
  /** The server that clients ask first for now, if any. */
  readonly favourite: NodeId | undefined;
  /** The servers that a client may ask. */
  memberIds(): readonly NodeId[];
  /** @returns false when the server did not take it and never will */
  propose(server: NodeId, entry: KvEntry): boolean;
  /** @param token comes back with the answer */
  readIndex(server: NodeId, token: string): boolean;
  /** The value of a key on that server, here and now. */
  valueOf(server: NodeId, key: string): string | null;
}

type KeyedOperation = Operation<SingleKeyCommand, KvResult>;

interface Attempt {
  readonly server: NodeId;
  /** A registration or a request through the log, or a read by read index. */
  readonly kind: 'register' | 'request' | 'read';
  readonly token: string;
}

const ATTEMPTS_MAX = 6;
/** The probability that a client asks the favourite server, while there is one. */
const FAVOURITE_SHARE = 0.8;

/** One client: one operation at a time. */
export class Client {
  readonly name: string;
  readonly history: KeyedOperation[] = [];
  /** Operations whose outcome this client learnt. */
  answered = 0;
  readonly #world: ClientWorld;
  readonly #random: Random;
  #session: number | undefined;
  #sequence = 0;
  /** The sequence number of the operation's first attempt: everything before it is over. */
  #firstSequence = 0;
  #registrations = 0;
  #command: SingleKeyCommand | undefined;
  #calledAt = 0;
  #attempts = 0;
  #attempt: Attempt | undefined;
  #timer = 0;
  #patienceTicksMin = 0;
  #isStopped = false;

  constructor(name: string, world: ClientWorld, random: Random) {
    this.name = name;
    this.#world = world;
    this.#random = random;
    this.#think();
  }

  /** From now on waits at least that long for an answer, longer with each attempt, and no longer gives up. */
  calmDown(patienceTicks: number): void {
    this.#patienceTicksMin = patienceTicks;
  }

  /** Starts no new operations. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Stops waiting: starts an operation now, or asks once more. */
  hurry(): void {
    this.#timer += 1;
    if (this.#attempt === undefined) {
      this.#begin();
    } else {
      this.#onTimeout();
    }
  }

  /** Records an operation that is still open, with an unknown outcome. */
  endHistory(): readonly KeyedOperation[] {
    if (this.#command !== undefined) {
      this.#record(undefined);
    }
    return this.history;
  }

  // ---- Answers ------------------------------------------------------------------------------------------------------

  /** A server applied an entry; only the server that this client asked answers it. */
  onApplied(server: NodeId, entry: KvEntry, result: KvResult): void {
    const attempt = this.#attempt;
    if (attempt?.server !== server || attempt.kind === 'read' || attempt.token !== tokenOf(entry)) {
      return;
    }
    if (result.type === 'registered') {
      this.#session = result.session;
      this.#sequence = 0;
      this.#think();
    } else if (result.type === 'refused' && result.code !== 'not-a-number') {
      // The session expired: it is unknown whether an earlier attempt took effect.
      this.#session = undefined;
      this.#finish(undefined);
    } else {
      this.#finish(result);
    }
  }

  /** A server may serve the read that this client asked for with this context. */
  onRead(server: NodeId, context: string): void {
    const attempt = this.#attempt;
    const isMine = attempt?.kind === 'read' && attempt.server === server && attempt.token === context;
    if (isMine && this.#command !== undefined) {
      this.#finish({ type: 'value', value: this.#world.valueOf(server, this.#command.key) });
    }
  }

  // ---- Asking -------------------------------------------------------------------------------------------------------

  #think(): void {
    this.#attempt = undefined;
    this.#after(this.#random.int(1, this.#world.settings.thinkMicros), () => {
      this.#begin();
    });
  }

  /** Runs the action later, unless a newer one replaces it. */
  #after(delay: Micros, action: () => void): void {
    this.#timer += 1;
    const timer = this.#timer;
    this.#world.schedule.after(delay, () => {
      if (timer === this.#timer) {
        action();
      }
    });
  }

  #begin(): void {
    if (this.#isStopped) {
      return;
    }
    this.#attempts = 0;
    if (this.#session === undefined) {
      this.#registrations += 1;
    } else {
      this.#command = this.#drawCommand();
      this.#calledAt = this.#world.schedule.now;
      this.#sequence += 1;
      this.#firstSequence = this.#sequence;
    }
    this.#try();
  }

  #try(): void {
    this.#attempts += 1;
    if (this.#attempts > 1 && this.#world.settings.rulesOff.includes('retriesKeepTheirSequence')) {
      this.#sequence += 1;
    }
    const { favourite } = this.#world;
    const asksFavourite = favourite !== undefined && this.#random.chance(FAVOURITE_SHARE);
    const taken = this.#send(asksFavourite ? favourite : this.#random.pick(this.#world.memberIds()));
    if (this.#attempt === undefined) {
      return; // answered at once, from a lease
    }
    this.#after(this.#drawPatience(taken), () => {
      this.#onTimeout();
    });
  }

  /** Longer with each attempt: clients that flood a cluster which cannot keep up would never be answered. */
  #drawPatience(taken: boolean): Micros {
    const { patienceTicks } = this.#world.settings;
    const ticks = taken ? this.#random.int(1, patienceTicks) * this.#attempts : this.#random.int(1, 3);
    return Math.max(ticks, taken ? this.#patienceTicksMin * this.#attempts : 0) * TICK_MICROS;
  }

  #send(server: NodeId): boolean {
    const command = this.#command;
    if (this.#session === undefined || command === undefined) {
      const entry: KvEntry = { kind: 'register', client: this.name, request: `${this.name}-${this.#registrations}` };
      this.#attempt = { server, kind: 'register', token: tokenOf(entry) };
      return this.#world.propose(server, entry);
    }
    if (command.op === 'get' && this.#random.chance(this.#world.settings.readIndexShare)) {
      const token = `${this.name} ${this.#session}/${this.#sequence} attempt ${this.#attempts}`;
      this.#attempt = { server, kind: 'read', token };
      return this.#world.readIndex(server, token);
    }
    const entry: KvEntry = {
      kind: 'request', client: this.name, session: this.#session, sequence: this.#sequence,
      acknowledgedBelow: this.#firstSequence, command,
    };
    this.#attempt = { server, kind: 'request', token: tokenOf(entry) };
    return this.#world.propose(server, entry);
  }

  #onTimeout(): void {
    const isPatient = this.#attempts < ATTEMPTS_MAX || this.#patienceTicksMin > 0;
    if (isPatient && !this.#isStopped) {
      this.#try();
    } else if (this.#command === undefined) {
      this.#think();
    } else {
      this.#finish(undefined);
    }
  }

  #finish(result: KvResult | undefined): void {
    this.answered += result === undefined ? 0 : 1;
    this.#record(result);
    this.#think();
  }

  #record(output: KvResult | undefined): void {
    const command = this.#command;
    if (command !== undefined) {
      const returnedAt = output === undefined ? Infinity : this.#world.schedule.now;
      this.history.push({ client: this.name, input: command, output, calledAt: this.#calledAt, returnedAt });
    }
    this.#command = undefined;
  }

  #drawCommand(): SingleKeyCommand {
    const key = `k${this.#random.int(1, this.#world.settings.keyCount)}`;
    const value = `${this.name}.${this.#sequence}`;
    const ownLastValue = `${this.name}.${this.#sequence - 1}`;
    if (this.#random.chance(this.#world.settings.readShare)) {
      return { op: 'get', key };
    }
    return this.#random.pick<() => SingleKeyCommand>([
      () => ({ op: 'put', key, value }),
      () => ({ op: 'delete', key }),
      () => ({ op: 'cas', key, expected: this.#random.chance(0.3) ? null : ownLastValue, value }),
      () => ({ op: 'incr', key: `n${key}`, by: this.#random.int(1, 3) }),
      () => ({ op: 'incr', key: `n${key}`, by: 1 }),
    ])();
  }
}

function tokenOf(entry: KvEntry): string {
  return entry.kind === 'register' ? `register ${entry.request}` : `${entry.session}/${entry.sequence}`;
}
