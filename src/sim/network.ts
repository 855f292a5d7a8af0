/**
 * A simulated network of datagrams: each may be lost, late, doubled or overtaken; links can be cut or slowed,
 * separately in each direction.
 */
import type { Message, NodeId } from '../raft/index.ts';
import type { Random } from './random.ts';
import type { Micros, Schedule } from './schedule.ts';

export interface NetworkSettings {
  readonly latencyMicros: { readonly min: Micros; readonly max: Micros };
  readonly lossProbability: number;
  readonly duplicateProbability: number;
  /** The chance that a message takes many times as long, and is overtaken. */
  readonly stragglerProbability: number;
}

/** What the network reports to a trace. */
export interface NetworkListener {
  sent(messageId: string, message: Message): void;
  arrived(messageId: string, message: Message): void;
  dropped(messageId: string, message: Message, reason: 'cut' | 'loss'): void;
}

/** One direction between two servers. */
export interface Link {
  readonly from: NodeId;
  readonly to: NodeId;
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
  /** By how many faults each link is cut at the moment, and how many have cut it so far. */
  readonly #cuts = new Map<NodeId, Map<NodeId, { atPresent: number; soFar: number }>>();
  /** The factor by which the latencies of a server's messages are multiplied, both sent and received ones. */
  readonly #slowness = new Map<NodeId, number>();

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
    if (this.isCut(message)) {
      this.#listener.dropped(messageId, message, 'cut');
      return;
    }
    if (this.#random.chance(this.#settings.lossProbability)) {
      this.#listener.dropped(messageId, message, 'loss');
      return;
    }
    const { soFar } = this.#cutsOf(message);
    this.#schedule.after(this.#drawLatency(message), () => {
      // A message that is on its way when its link is cut does not arrive either, however soon the link is healed.
      if (this.#cutsOf(message).soFar > soFar) {
        this.#listener.dropped(messageId, message, 'cut');
      } else {
        this.#listener.arrived(messageId, message);
        this.#deliver(message);
      }
    });
  }

  #drawLatency({ from, to }: Link): Micros {
    const { latencyMicros, stragglerProbability } = this.#settings;
    const straggles = this.#random.chance(stragglerProbability) ? STRAGGLER_FACTOR : 1;
    const slowness = Math.max(this.#slowness.get(from) ?? 1, this.#slowness.get(to) ?? 1);
    return this.#random.int(latencyMicros.min, latencyMicros.max * straggles) * slowness;
  }

  /** Cuts links until the returned function is called. Links that others cut stay cut. */
  cut(links: readonly Link[]): () => void {
    for (const link of links) {
      const cuts = this.#cutsOf(link);
      cuts.atPresent += 1;
      cuts.soFar += 1;
    }
    let isHealed = false;
    return () => {
      if (!isHealed) {
        isHealed = true;
        for (const link of links) {
          const cuts = this.#cutsOf(link);
          cuts.atPresent = Math.max(0, cuts.atPresent - 1); // 0: everything was healed meanwhile
        }
      }
    };
  }

  isCut(link: Link): boolean {
    return this.#cutsOf(link).atPresent > 0;
  }

  #cutsOf({ from, to }: Link): { atPresent: number; soFar: number } {
    const cuts = this.#cuts.get(from) ?? new Map<NodeId, { atPresent: number; soFar: number }>();
    this.#cuts.set(from, cuts);
    const link = cuts.get(to) ?? { atPresent: 0, soFar: 0 };
    cuts.set(to, link);
    return link;
  }

  /** Multiplies the latency of all messages that a server sends and receives; 1 is as fast as the others. */
  slowDown(server: NodeId, factor: number): void {
    this.#slowness.set(server, factor);
  }

  /**
   * From now on every link is whole and fast, without loss, duplicates or stragglers.
   * @param latencyMax no message takes longer
   */
  calm(latencyMax: Micros): void {
    for (const links of this.#cuts.values()) {
      for (const link of links.values()) link.atPresent = 0;
    }
    this.#slowness.clear();
    const { min, max } = this.#settings.latencyMicros;
    const latencyMicros = { min: Math.min(min, latencyMax), max: Math.min(max, latencyMax) };
    this.#settings = { latencyMicros, lossProbability: 0, duplicateProbability: 0, stragglerProbability: 0 };
  }
}
