/** A machine's way to the host of its lab: connects, says who it is, asks, and connects again after a cut. */
import { LabError } from '../../contract/errors.ts';
import type { Reply } from '../../contract/errors.ts';
import type { LabLog } from '../../lab/service.ts';
import { clockMs } from '../../node/clock.ts';
import { doorPasswordOf } from '../../wire/crypto.ts';
import type { Channel, ChannelEnd } from '../channel/channel.ts';
import type { FromHost, FromMachine } from '../channel/protocol.ts';
import { errorText } from '../errorText.ts';
import type { MachineMemory } from '../identity/memory.ts';
import { enter, EntryError } from './entry.ts';
import type { Hello, Welcome } from './entry.ts';
import { HostSearch, isSamePlace } from './hostSearch.ts';
import type { HostPlace } from './hostSearch.ts';

/** How long to wait before the next try: short at first, because most cables are soon plugged in again. */
const RETRY_MS = [500, 1000, 2000, 3000] as const;
/** The wait when the host is heard from a new address. */
const HEARD_RETRY_MS = 300;
/** Somewhat longer than the host waits for its nodes. */
const ANSWER_LIMIT_MS = 40_000;
const QUESTIONS_MAX = 1000;

export interface HostConnectionOptions {
  readonly address: string;
  readonly port: number;
  /** Derived from the code. */
  readonly codeKey: Uint8Array;
  readonly hello: () => Hello;
  readonly memory: MachineMemory;
  readonly isHosting: () => boolean;
  readonly log: LabLog;
  /** This machine's clock, milliseconds since 1970. */
  readonly clockMs?: () => number;
  /** Everything from the host except its welcome and its replies. */
  readonly onMessage: (message: FromHost) => void;
  readonly onConnected: (welcome: Welcome) => void;
  /** The host cannot be reached; `mayReturn` is false when it has sent this machine away. */
  readonly onLost: (problem: string, mayReturn: boolean) => void;
}

interface Question {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: LabError) => void;
  readonly timer: NodeJS.Timeout;
}

export class HostConnection {
  readonly #options: HostConnectionOptions;
  readonly #search: HostSearch;
  #place: HostPlace;
  /** The lab's id, once it was joined: the host may be found at another address, but must be the same lab's. */
  #labId: string | undefined;
  readonly #questions = new Map<number, Question>();
  #channel: Channel<FromHost, FromMachine> | undefined;
  #questionCount = 0;
  #tries = 0;
  #retry: NodeJS.Timeout | undefined;
  /** The next try is planned and has not been moved forward yet. */
  #maySooner = false;
  readonly #closing = new AbortController();
  #codeKey: Uint8Array;
  /** Where the host was found with another code. */
  #otherCodeAt: HostPlace | undefined;
  #localAddress = '';
  #clockOffsetMs = 0;

  constructor(options: HostConnectionOptions) {
    this.#options = options;
    this.#codeKey = options.codeKey;
    this.#place = { address: options.address, port: options.port };
    this.#search = new HostSearch(() => this.#retrySooner());
  }

  /** Where the host was found last. */
  get place(): HostPlace {
    return this.#place;
  }

  get isConnected(): boolean {
    return this.#channel?.isOpen === true;
  }

  /** The host's clock minus this machine's, in milliseconds; the last value while the host is not connected. */
  get clockOffsetMs(): number {
    this.#clockOffsetMs = this.#channel?.clockOffsetMs ?? this.#clockOffsetMs;
    return this.#clockOffsetMs;
  }

  /** The round-trip time to the host; undefined before it was measured, and while the host is not connected. */
  get roundTripMs(): number | undefined {
    return this.#channel?.roundTripMs;
  }

  /** The address from which this machine reaches the host: its nodes are bound to it. */
  get localAddress(): string {
    return this.#localAddress;
  }

  /** Whether the host is found but has another code than this machine: a person must type it. */
  get needsCode(): boolean {
    return this.#otherCodeAt !== undefined;
  }

  /** What programs send to the nodes' doors on the LAN. */
  get doorPassword(): string {
    return doorPasswordOf(this.#codeKey);
  }

  /** Connects for the first time. @throws {LabError} that says what is wrong and what to do */
  connect(): Promise<void> {
    return this.#connectTo(this.#place);
  }

  /**
   * Connects with another code, at once.
   * @param codeKey derived from the code
   * @param signal cancels this try
   * @throws {LabError} that says what is wrong and what to do; the former tries then continue
   */
  async useCode(codeKey: Uint8Array, signal: AbortSignal): Promise<void> {
    if (signal.aborted) {
      throw new LabError('refused', CALLED_OFF_WORDS);
    }
    if (this.isConnected) {
      throw new LabError('refused', 'this machine is connected: a new code is not needed');
    }
    const place = this.#otherCodeAt ?? this.#place;
    this.#codeKey = codeKey;
    this.#otherCodeAt = undefined;
    this.#search.forgetOtherCodes();
    clearTimeout(this.#retry);
    // Once this machine is in, the signal no longer cancels anything.
    const trial = new AbortController();
    const callOff = (): void => trial.abort();
    signal.addEventListener('abort', callOff);
    try {
      await this.#connectTo(place, AbortSignal.any([this.#closing.signal, trial.signal]));
    } catch (error) {
      const problem = trial.signal.aborted ? new LabError('refused', CALLED_OFF_WORDS) : error;
      this.#failed(place, problem);
      throw problem;
    } finally {
      signal.removeEventListener('abort', callOff);
    }
  }

  async #connectTo(place: HostPlace, signal = this.#closing.signal): Promise<void> {
    const { hello, memory, isHosting } = this.#options;
    await enter({
      place, codeKey: this.#codeKey, hello: hello(), memory, isHosting, labId: this.#labId,
      clockMs: this.#options.clockMs ?? clockMs,
      onEntered: (channel, welcome) => {
        this.#channel = channel;
        this.#localAddress = channel.localAddress;
        this.#labId = welcome.labId;
        this.#place = place;
        this.#tries = 0;
        this.#otherCodeAt = undefined;
        this.#search.end();
        this.#options.onConnected(welcome);
      },
      onMessage: (message) => this.#take(message),
      onFailed: (error) => {
        this.#options.log.error(`a message of the host could not be handled: ${errorText(error)}`);
      },
      onNotKept: (error) => {
        this.#options.log.error(`the session in the lab could not be saved: ${errorText(error)}`);
      },
      onEnd: (end, farewell) => this.#lost(end, farewell),
    }, signal);
  }

  send(message: FromMachine): void {
    this.#channel?.send(message);
  }

  /** Asks the host. @throws {LabError} the host's, or that it is not connected */
  ask(make: (requestId: number) => FromMachine): Promise<unknown> {
    const channel = this.#channel;
    if (channel?.isOpen !== true) {
      return Promise.reject(new LabError('refused', 'the host is not connected: wait until it is back'));
    }
    if (this.#questions.size >= QUESTIONS_MAX) {
      return Promise.reject(new LabError('busy', 'too many questions to the host are open: try again in a moment'));
    }
    this.#questionCount += 1;
    const requestId = this.#questionCount;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#questions.delete(requestId);
        reject(new LabError('unknown-outcome', 'unknown outcome: the host did not answer'));
      }, ANSWER_LIMIT_MS);
      this.#questions.set(requestId, { resolve, reject, timer });
      channel.send(make(requestId));
    });
  }

  close(): void {
    this.#closing.abort();
    clearTimeout(this.#retry);
    this.#search.end();
  }

  #take(message: FromHost): void {
    if (message.type !== 'reply') {
      this.#options.onMessage(message);
      return;
    }
    const question = this.#questions.get(message.requestId);
    this.#questions.delete(message.requestId);
    clearTimeout(question?.timer);
    const reply: Reply<unknown> = message.reply;
    if (reply.ok) {
      question?.resolve(reply.value);
    } else {
      question?.reject(new LabError(reply.error.code, reply.error.message));
    }
  }

  #lost(end: ChannelEnd, farewell: string | undefined): void {
    this.#clockOffsetMs = this.clockOffsetMs;
    this.#channel = undefined;
    for (const { reject, timer } of this.#questions.values()) {
      clearTimeout(timer);
      reject(new LabError('unknown-outcome', 'unknown outcome: the connection to the host was lost'));
    }
    this.#questions.clear();
    if (this.#closing.signal.aborted) {
      return;
    }
    this.#options.onLost(farewell ?? END_WORDS[end], farewell === undefined);
    if (farewell === undefined) {
      this.#search.begin();
      this.#retryLater();
    }
  }

  /** A try has failed: the reason decides whether another one follows. */
  #failed(place: HostPlace, error: unknown): void {
    if (this.#closing.signal.aborted) {
      return;
    }
    const why = error instanceof EntryError ? error.why : 'other';
    const message = error instanceof LabError ? error.message : String(error);
    if (why === 'wrong-code') {
      this.#otherCodeAt = place;
      this.#search.hasOtherCode(place);
    }
    this.#options.onLost(why === 'wrong-code' ? RENEWED_WORDS : message, why !== 'copied');
    // Retrying with a wrong code is useless, unless a beacon named the place: then the place may be false.
    const isStuck = why === 'wrong-code' && isSamePlace(place, this.#place);
    if (isStuck) {
      this.#search.end();
    } else if (why !== 'copied') {
      this.#search.begin();
      this.#retryLater();
    }
  }

  #retryLater(): void {
    const delayMs = RETRY_MS[Math.min(this.#tries, RETRY_MS.length - 1)];
    this.#tries += 1;
    this.#maySooner = true;
    this.#retryIn(delayMs);
  }

  /** A beacon of the lab was heard: once between two tries, the wait is shortened. */
  #retrySooner(): void {
    if (this.#maySooner && this.#labId !== undefined && this.#search.hasPlace(this.#place, this.#labId)) {
      this.#maySooner = false;
      this.#retryIn(HEARD_RETRY_MS);
    }
  }

  #retryIn(delayMs: number | undefined): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#maySooner = false;
      const place = this.#labId === undefined ? this.#place : this.#search.next(this.#place, this.#labId);
      this.#connectTo(place).catch((error: unknown) => this.#failed(place, error));
    }, delayMs);
  }
}

const CALLED_OFF_WORDS = 'the new code was not tried: the attempt was cancelled';
const RENEWED_WORDS = 'the join code is no longer valid: the host has renewed it, or another lab is open there. Type '
  + 'the code that the host shows now';
const END_WORDS: Readonly<Record<ChannelEnd, string>> = {
  closed: 'the connection to the host was closed',
  ended: 'the host cannot be reached: it has ended, or the network is cut',
  silent: 'the host no longer answers: the network is cut, or its machine sleeps',
  'too-slow': 'the host no longer reads what this machine sends',
  'too-long': 'a message of this machine was too long',
  failed: 'a message of the host could not be handled here: the log says why',
  malformed: 'the host sent a message that this version does not understand',
};
