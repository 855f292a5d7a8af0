/**
 * A simulated network of datagrams: each may be lost, late, doubled or overtaken; links can be cut in one direction.
 */
import type { Message, NodeId } from '../raft/index.ts';
import type { Random } from './random.ts';
import type { Micros, Schedule } from './schedule.ts';

export interface NetworkSettings {
  readonly latencyMicros: { readonly min: Micros; readonly max: Micros };
  readonly lossProbability: number;
  readonly duplicateProbability: number;
  readonly stragglerProbability: number;
}

/** What the network tells a trace. */
export interface NetworkListener {
  sent(messageId: string, message: Message): void;
  arrived(messageId: string, message: Message): void;
  dropped(messageId: string, message: Message, reason: 'cut' | 'loss'): void;
}

/** How much longer than the longest latency a straggler may take. */
const STRAGGLER_FACTOR = 30;

export class SimulatedNetwork {
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #deliver: (message: Message) => void;
  readonly #listener: NetworkListener;
  #settings: NetworkSettings;
  #counter = 0;
  readonly #cut = new Set<string>();

  constructor(
    schedule: Schedule,
    random: Random,
    settings: NetworkSettings,
    deliver: (message: Message) => void,
    listener: NetworkListener,
  ) {
    this.#schedule = schedule;
    this.#random = random;
    this.#settings = settings;
    this.#deliver = deliver;
    this.#listener = listener;
  }

  send(message: Message): void {
    this.#counter += 1;
    const messageId = `${message.from}.1.${this.#counter}`;
    this.#listener.sent(messageId, message);
    this.#sendCopy(messageId, message);
    if (this.#random.chance(this.#settings.duplicateProbability)) {
      this.#sendCopy(messageId, message);
    }
  }

  #sendCopy(messageId: string, message: Message): void {
    const { lossProbability, latencyMicros, stragglerProbability } = this.#settings;
    if (this.isCut(message.from, message.to)) {
      this.#listener.dropped(messageId, message, 'cut');
      return;
    }
    if (this.#random.chance(lossProbability)) {
      this.#listener.dropped(messageId, message, 'loss');
      return;
    }
    const slowness = this.#random.chance(stragglerProbability) ? STRAGGLER_FACTOR : 1;
    this.#schedule.after(this.#random.int(latencyMicros.min, latencyMicros.max * slowness), () => {
      // A datagram that is on its way when a link is cut does not arrive either.
      if (this.isCut(message.from, message.to)) {
        this.#listener.dropped(messageId, message, 'cut');
      } else {
        this.#listener.arrived(messageId, message);
        this.#deliver(message);
      }
    });
  }

  cut(from: NodeId, to: NodeId): void {
    this.#cut.add(`${from}>${to}`);
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return this.#cut.has(`${from}>${to}`);
  }

  /** Makes every link whole again. */
  heal(): void {
    this.#cut.clear();
  }

  /** No loss, no duplicates, no stragglers from now on. */
  calm(): void {
    this.#settings = {
      latencyMicros: this.#settings.latencyMicros, lossProbability: 0, duplicateProbability: 0, stragglerProbability: 0,
    };
  }
}
