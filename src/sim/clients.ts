/** Simulated clients: each asks one node at a time for one thing, and remembers what it saw. */
import type { KvAnswer, ReadKind } from '../contract/answers.ts';
import type { LabErrorData } from '../contract/errors.ts';
import { isReadCommand, type KvResult } from '../kv/index.ts';
import type { NodeId } from '../raft/index.ts';
import type { KvRequest } from '../server/protocol.ts';
import type { Operation } from '../history/linearizability/history.ts';
import type { SingleKeyCommand } from '../history/linearizability/models.ts';
import type { Random } from './random.ts';
import type { Micros, Schedule } from './schedule.ts';
import { type LabTerms, type SimSettings, TICK_MICROS } from './settings.ts';

/** What a client can do with the cluster. */
export interface ClientWorld {
  readonly schedule: Schedule;
  readonly settings: SimSettings;
  readonly terms: LabTerms;
  /** The node that clients ask first for now, if any. */
  readonly favourite: NodeId | undefined;
  /** The nodes that a client may ask. */
  memberIds(): readonly NodeId[];
  /** @returns the request's number, under which its answer comes; undefined when the node does not run */
  ask(node: NodeId, client: Client, request: KvRequest): number | undefined;
}

type KeyedOperation = Operation<SingleKeyCommand, KvResult>;

/** What became of a request. */
export type ClientOutcome =
  | { readonly type: 'answered'; readonly answer: KvAnswer }
  | { readonly type: 'failed'; readonly error: LabErrorData }
  /** The asked node is gone. */
  | { readonly type: 'vanished' };

/** The probability that a client asks the favourite node, while there is one. */
const FAVOURITE_SHARE = 0.8;
/** The share of reads that ask for a lease, while nodes allow it. */
const LEASE_SHARE = 0.8;
/** How many times its usual patience a client waits for an answer, since its node asks again for it. */
const TRIES = 6;
const LONG_VALUE_MAX = 2000;

/** One client: one operation at a time. */
export class Client {
  readonly name: string;
  readonly history: KeyedOperation[] = [];
  /** Operations whose outcome this client learnt. */
  answered = 0;
  readonly #world: ClientWorld;
  readonly #random: Random;
  #sequence = 0;
  /** What it meant to write last. */
  #lastValue = '';
  #command: SingleKeyCommand | undefined;
  #calledAt = 0;
  /** The request that is under way. */
  #requestId: number | undefined;
  #timer = 0;
  #patienceTicksMin = 0;
  #isStopped = false;

  constructor(name: string, world: ClientWorld, random: Random) {
    this.name = name;
    this.#world = world;
    this.#random = random;
    this.#think();
  }

  /** From now on waits at least that long for an answer. */
  calmDown(patienceTicks: number): void {
    this.#patienceTicksMin = patienceTicks;
  }

  /** Starts no new operations. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Stops thinking: starts an operation now. One that is under way goes on. */
  hurry(): void {
    if (this.#command === undefined) {
      this.#timer += 1;
      this.#begin();
    }
  }

  /** Records an operation that is still open, with an unknown outcome. */
  endHistory(): readonly KeyedOperation[] {
    if (this.#command !== undefined) {
      this.#record(undefined);
    }
    return this.history;
  }

  /** The request of this number was answered, or never will be. */
  onOutcome(requestId: number, outcome: ClientOutcome): void {
    if (requestId !== this.#requestId) {
      return; // of an operation that was given up
    }
    if (outcome.type === 'answered') {
      this.#onAnswer(outcome.answer.result);
    } else if (outcome.type === 'vanished' || outcome.error.code === 'unknown-outcome') {
      this.#finish(undefined);
    } else {
      // It is in no log and never takes effect: it never happened.
      this.#forget();
    }
  }

  #onAnswer(result: KvResult): void {
    // Refused for its session: it is unknown whether an earlier try took effect.
    const isUnknown = result.type === 'refused' && result.code !== 'not-a-number';
    this.#finish(isUnknown ? undefined : result);
  }

  // ---- Asking -------------------------------------------------------------------------------------------------------

  #think(): void {
    this.#requestId = undefined;
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
    const { favourite } = this.#world;
    const asksFavourite = favourite !== undefined && this.#random.chance(FAVOURITE_SHARE);
    const node = asksFavourite ? favourite : this.#random.pick(this.#world.memberIds());
    this.#sequence += 1;
    const command = this.#drawCommand();
    const timeoutTicks = Math.max(this.#random.int(1, this.#world.settings.patienceTicks), this.#patienceTicksMin);
    const request: KvRequest = {
      client: this.name,
      command,
      ...(isReadCommand(command) ? { read: this.#drawReadKind() } : {}),
      timeoutMs: TRIES * timeoutTicks * TICK_MICROS / 1000,
    };
    this.#command = command;
    this.#calledAt = this.#world.schedule.now;
    this.#requestId = this.#world.ask(node, this, request);
    if (this.#requestId === undefined) {
      this.#forget();
    }
  }

  #drawReadKind(): ReadKind {
    if (!this.#random.chance(this.#world.settings.readIndexShare)) {
      return 'log';
    }
    return this.#world.terms.leaseReads && this.#random.chance(LEASE_SHARE) ? 'lease' : 'read-index';
  }

  #forget(): void {
    this.#command = undefined;
    this.#think();
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
    if (this.#random.chance(this.#world.settings.readShare)) {
      return { op: 'get', key };
    }
    const expected = this.#lastValue;
    return this.#random.pick<() => SingleKeyCommand>([
      () => ({ op: 'put', key, value: this.#drawValue() }),
      () => ({ op: 'delete', key }),
      () => ({ op: 'cas', key, expected: this.#random.chance(0.3) ? null : expected, value: this.#drawValue() }),
      () => ({ op: 'incr', key: `n${key}`, by: this.#sequence }),
      () => ({ op: 'incr', key: `n${key}`, by: this.#sequence }),
    ])();
  }

  /** A value that nobody else writes, and that nobody writes again; some need several datagrams. */
  #drawValue(): string {
    const isLong = this.#random.chance(this.#world.settings.longValueShare);
    const filling = isLong ? '-'.repeat(this.#random.int(100, LONG_VALUE_MAX)) : '';
    this.#lastValue = `${this.name}.${this.#sequence}${filling}`;
    return this.#lastValue;
  }
}
