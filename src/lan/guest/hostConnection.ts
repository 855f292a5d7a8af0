/** A machine's way to the host of its lab: connects, says who it is, asks, and connects again after a cut. */
import { LabError } from '../../contract/errors.ts';
import type { Reply } from '../../contract/errors.ts';
import { Channel } from '../channel/channel.ts';
import type { ChannelEnd } from '../channel/channel.ts';
import { KNOCK_WORDS } from '../diagnose/connectionWords.ts';
import { HostSearch } from './hostSearch.ts';
import type { HostPlace } from './hostSearch.ts';
import type { LabLog } from '../../lab/service.ts';
import { fromHost, LAN_PROTOCOL_VERSION } from '../channel/protocol.ts';
import type { FromHost, FromMachine } from '../channel/protocol.ts';
import { knock, KnockError } from '../channel/tls.ts';

/** How long to wait before the next try: short at first, because most cables are plugged in again at once. */
const RETRY_MS = [500, 1000, 2000, 3000] as const;
/** And where the host is heard from another address than it had. */
const HEARD_RETRY_MS = 300;
const WELCOME_LIMIT_MS = 8000;
/** Somewhat longer than the host waits for its nodes. */
const ANSWER_LIMIT_MS = 40_000;
const QUESTIONS_MAX = 1000;

export type Hello = Omit<FromMachine & { type: 'hello' }, 'type' | 'version' | 'clockMs' | 'isTest'>;
export type Welcome = FromHost & { type: 'welcome' };

export interface HostConnectionOptions {
  readonly address: string;
  readonly port: number;
  readonly key: () => Uint8Array;
  readonly hello: () => Hello;
  readonly log: LabLog;
  /** Everything from the host but its welcome and its replies. */
  readonly onMessage: (message: FromHost) => void;
  readonly onConnected: (welcome: Welcome) => void;
  /** The connection is lost; `willRetry` is false when the host has sent this machine away. */
  readonly onLost: (problem: string, willRetry: boolean) => void;
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
  /** The lab's id, once it was joined: the host may be found at another address, but it is to be the same lab's. */
  #labId: string | undefined;
  readonly #questions = new Map<number, Question>();
  #channel: Channel<FromHost, FromMachine> | undefined;
  #questionCount = 0;
  #tries = 0;
  #retry: NodeJS.Timeout | undefined;
  /** A next try is planned, and has not been moved forward yet. */
  #maySooner = false;
  #isClosed = false;
  #localAddress = '';

  constructor(options: HostConnectionOptions) {
    this.#options = options;
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

  /** There and back to the host; undefined before it was measured, and while it is not connected. */
  get roundTripMs(): number | undefined {
    return this.#channel?.roundTripMs;
  }

  /** The address by which this machine reaches the host: its nodes are bound to it. */
  get localAddress(): string {
    return this.#localAddress;
  }

  /** Connects for the first time. @throws {LabError} that says what is wrong and what to do */
  connect(): Promise<void> {
    return this.#connectTo(this.#place);
  }

  async #connectTo(place: HostPlace): Promise<void> {
    let socket;
    try {
      socket = await knock(place.address, place.port, this.#options.key());
    } catch (error) {
      throw error instanceof KnockError ? new LabError('refused', KNOCK_WORDS[error.failure]) : error;
    }
    if (this.#isClosed) {
      socket.destroy();
      return;
    }
    await new Promise<void>((resolve, reject) => {
      let isWelcome = false;
      let farewell: string | undefined;
      const timer = setTimeout(() => {
        reject(new LabError('refused', 'the host knows the code but does not answer: try again'));
        channel.close();
      }, WELCOME_LIMIT_MS);
      const channel = new Channel<FromHost, FromMachine>(socket, {
        schema: fromHost,
        onMessage: (message) => {
          if (message.type === 'welcome' && !isWelcome && message.labId === (this.#labId ?? message.labId)) {
            isWelcome = true;
            channel.takeLongMessages();
            clearTimeout(timer);
            this.#channel = channel;
            this.#labId = message.labId;
            this.#place = place;
            this.#tries = 0;
            this.#search.end();
            this.#options.onConnected(message);
            resolve();
          } else if (message.type === 'refused' || message.type === 'bye') {
            farewell = message.message;
          } else if (isWelcome) {
            this.#take(message);
          } else {
            farewell = 'another lab is open there now';
            channel.close();
          }
        },
        onEnd: (end, error) => {
          clearTimeout(timer);
          if (end === 'failed') {
            this.#options.log.error(`what the host said could not be carried out: ${errorText(error)}`);
          }
          if (isWelcome) {
            this.#lost(end, farewell);
          } else {
            reject(new LabError('refused', farewell ?? 'the host has closed the connection: try again'));
          }
        },
      });
      this.#localAddress = channel.localAddress;
      channel.send({
        type: 'hello', version: LAN_PROTOCOL_VERSION, clockMs: Date.now(), isTest: false, ...this.#options.hello(),
      });
    });
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
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#search.end();
    this.#channel?.close();
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
    this.#channel = undefined;
    for (const { reject, timer } of this.#questions.values()) {
      clearTimeout(timer);
      reject(new LabError('unknown-outcome', 'unknown outcome: the connection to the host was lost'));
    }
    this.#questions.clear();
    if (this.#isClosed) {
      return;
    }
    const willRetry = farewell === undefined;
    this.#options.onLost(farewell ?? END_WORDS[end], willRetry);
    if (willRetry) {
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

  /** The lab is heard from somewhere: once between two tries there is no need to wait so long. */
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
      this.#connectTo(place).catch((error: unknown) => {
        if (!this.#isClosed) {
          this.#options.onLost(error instanceof LabError ? error.message : String(error), true);
          this.#retryLater();
        }
      });
    }, delayMs);
  }
}

const END_WORDS: Readonly<Record<ChannelEnd, string>> = {
  closed: 'the connection to the host was closed',
  ended: 'the host is not reached: it has ended, or the network was cut',
  silent: 'the host is not heard any more: the network is cut, or its machine sleeps',
  'too-slow': 'the host takes nothing any more',
  'too-long': 'this machine had more to say than fits into a message',
  failed: 'what the host said could not be carried out here: the log says why',
  malformed: 'the host said something that this version does not understand',
};

function errorText(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
