/**
 * A simulated network of datagrams: each may be lost, late, doubled or overtaken; links can be cut or slowed,
 * separately in each direction.
 */
import type { NodeId } from '../raft/index.ts';
import type { Datagram, Link } from './datagram.ts';
import type { Random } from './random.ts';
import type { Micros, Schedule } from './schedule.ts';

export interface NetworkSettings {
  readonly latencyMicros: { readonly min: Micros; readonly max: Micros };
  readonly lossProbability: number;
  readonly duplicateProbability: number;
  /** The chance that a datagram takes many times as long, and is overtaken. */
  readonly stragglerProbability: number;
}

/** Called with what the network loses. */
export type LossListener = (datagram: Datagram, reason: 'cut' | 'loss') => void;

/** How much longer than the longest latency a straggler may take. */
const STRAGGLER_FACTOR = 30;

export class SimulatedNetwork {
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #deliver: (datagram: Datagram) => void;
  readonly #onLost: LossListener;
  #settings: NetworkSettings;
  /** By how many faults each link is cut at the moment, and how many have cut it so far. */
  readonly #cuts = new Map<NodeId, Map<NodeId, { atPresent: number; soFar: number }>>();
  /** The factor by which the latencies of a server's messages are multiplied, both sent and received ones. */
  readonly #slowness = new Map<NodeId, number>();

  constructor(
    schedule: Schedule,
    random: Random,
    settings: NetworkSettings,
    deliver: (datagram: Datagram) => void,
    onLost: LossListener,
  ) {
    this.#schedule = schedule;
    this.#random = random;
    this.#settings = settings;
    this.#deliver = deliver;
    this.#onLost = onLost;
  }

  send(datagram: Datagram): void {
    this.#sendCopy(datagram);
    if (this.#random.chance(this.#settings.duplicateProbability)) {
      this.#sendCopy(datagram);
    }
  }

  #sendCopy(datagram: Datagram): void {
    if (this.isCut(datagram)) {
      this.#onLost(datagram, 'cut');
      return;
    }
    if (this.#random.chance(this.#settings.lossProbability)) {
      this.#onLost(datagram, 'loss');
      return;
    }
    const { soFar } = this.#cutsOf(datagram);
    this.#schedule.after(this.#drawLatency(datagram), () => {
      // A datagram that is on its way when its link is cut does not arrive either, however soon the link is healed.
      if (this.#cutsOf(datagram).soFar > soFar) {
        this.#onLost(datagram, 'cut');
      } else {
        this.#deliver(datagram);
      }
    }, { type: 'datagram', datagram });
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
