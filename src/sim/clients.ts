/** Simulated clients: they register, write, read, retry with the same number, and remember what they saw. */
import type { KvCommand, KvEntry, KvResult } from '../kv/index.ts';
import type { NodeId } from '../raft/index.ts';
import type { Operation } from './linearizability/history.ts';
import type { SingleKeyCommand } from './linearizability/models.ts';
import type { Random } from './random.ts';
import type { Schedule } from './schedule.ts';
import { TICK_MICROS, type SimSettings } from './settings.ts';

/** What a client can do with the cluster. */
export interface ClientWorld {
  readonly schedule: Schedule;
  readonly settings: SimSettings;
  /** The servers that a client may ask. */
  serverIds(): readonly NodeId[];
  /** @returns false when the server did not take it and never will */
  propose(server: NodeId, entry: KvEntry): boolean;
  readIndex(server: NodeId, context: Uint8Array): boolean;
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

/** One client: one operation at a time. */
export class Client {
  readonly name: string;
  readonly history: KeyedOperation[] = [];
  /** Operations whose outcome this client learnt. */
  answered = 0;
  readonly #world: ClientWorld;
  readonly #random: Random;
  readonly #retriesKeepTheirSequence: boolean;
  #session: number | undefined;
  #sequence = 0;
  #registrations = 0;
  #command: SingleKeyCommand | undefined;
  #calledAt = 0;
  #attempts = 0;
  #attempt: Attempt | undefined;
  #timer = 0;
  #isStopped = false;

  constructor(name: string, world: ClientWorld, random: Random, retriesKeepTheirSequence: boolean) {
    this.name = name;
    this.#world = world;
    this.#random = random;
    this.#retriesKeepTheirSequence = retriesKeepTheirSequence;
    this.#think();
  }

  /** Begins nothing new. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Notes what is still open, with an unknown outcome. */
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
      this.#timer += 1;
      this.#think();
    } else if (result.type === 'refused' && result.code !== 'not-a-number') {
      // The session expired: whether an earlier attempt took effect cannot be known.
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
    this.#world.schedule.after(this.#random.int(1, this.#world.settings.thinkTicks * TICK_MICROS), () => {
      this.#begin();
    });
  }

  #begin(): void {
    if (this.#isStopped) {
      return;
    }
    this.#attempts = 0;
    if (this.#session === undefined) {
      this.#registrations += 1;
      this.#try();
      return;
    }
    this.#command = this.#drawCommand();
    this.#calledAt = this.#world.schedule.now;
    this.#sequence += 1;
    this.#try();
  }

  #try(): void {
    this.#attempts += 1;
    const server = this.#random.pick(this.#world.serverIds());
    if (this.#attempts > 1 && !this.#retriesKeepTheirSequence) {
      this.#sequence += 1;
    }
    const taken = this.#send(server);
    this.#timer += 1;
    const timer = this.#timer;
    const patience = taken ? this.#random.int(5, 30) * TICK_MICROS : this.#random.int(1, 3) * TICK_MICROS;
    this.#world.schedule.after(patience, () => {
      if (timer === this.#timer && this.#attempt !== undefined) {
        this.#onTimeout();
      }
    });
  }

  #send(server: NodeId): boolean {
    const command = this.#command;
    if (this.#session === undefined || command === undefined) {
      const entry: KvEntry = { kind: 'register', client: this.name, request: `${this.name}-${this.#registrations}` };
      this.#attempt = { server, kind: 'register', token: tokenOf(entry) };
      return this.#world.propose(server, entry);
    }
    if (command.op === 'get' && this.#random.chance(this.#world.settings.readIndexShare)) {
      const token = `${this.name}:${this.#sequence}:${this.#attempts}:${server}`;
      this.#attempt = { server, kind: 'read', token };
      return this.#world.readIndex(server, new TextEncoder().encode(token));
    }
    const entry: KvEntry = {
      kind: 'request', client: this.name, session: this.#session, sequence: this.#sequence,
      acknowledgedBelow: 1, command,
    };
    this.#attempt = { server, kind: 'request', token: tokenOf(entry) };
    return this.#world.propose(server, entry);
  }

  #onTimeout(): void {
    if (this.#attempts < ATTEMPTS_MAX && !this.#isStopped) {
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
    this.#timer += 1;
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
    const command: KvCommand = this.#random.pick<() => SingleKeyCommand>([
      () => ({ op: 'get', key }),
      () => ({ op: 'get', key }),
      () => ({ op: 'put', key, value }),
      () => ({ op: 'delete', key }),
      () => ({ op: 'cas', key, expected: this.#random.chance(0.3) ? null : ownLastValue, value }),
      () => ({ op: 'incr', key: `n${key}`, by: this.#random.int(1, 3) }),
      () => ({ op: 'incr', key: `n${key}`, by: 1 }),
    ])();
    return command;
  }
}

function tokenOf(entry: KvEntry): string {
  return entry.kind === 'register' ? `register ${entry.request}` : `${entry.session}/${entry.sequence}`;
}
