/** The faults that a person puts on the links from this node, between the node and its socket. */
import type { NodeId } from '../../raft/types.ts';
import { isFaultless, NO_FAULTS } from '../../trace/events.ts';
import type { DropReason, LinkFaults } from '../../trace/events.ts';
import type { Random } from '../random.ts';
import type { Clock, Timer } from '../world.ts';

/** The most datagrams that wait on one link; a full link drops the newest, as a router's queue does. */
const QUEUE_LENGTH_MAX = 4096;
/** How long a datagram waits to be overtaken by the next one. */
const OVERTAKING_WAIT_MS_MAX = 1000;

/** What the faults need to know about a datagram. */
export interface Addressed {
  readonly to: NodeId;
}

export interface LinkFaultsOptions<Datagram extends Addressed> {
  readonly clock: Clock;
  readonly random: Random;
  /** Puts a datagram on the socket. */
  readonly transmit: (datagram: Datagram) => void;
  readonly onDropped: (datagram: Datagram, reason: DropReason) => void;
}

interface Link<Datagram> {
  faults: LinkFaults;
  /** The datagrams on the link: each waits for its delay to pass, or for the next one to overtake it. */
  readonly held: Map<Timer, Datagram>;
  /** The timer of the held datagram that the next one overtakes. */
  overtaken: Timer | undefined;
}

/**
 * Each node has one, with a link for each receiver. A link without faults is a direct call: without a queue, without
 * random numbers.
 */
export class LinkFaultInjector<Datagram extends Addressed> {
  readonly #options: LinkFaultsOptions<Datagram>;
  readonly #links = new Map<NodeId, Link<Datagram>>();

  constructor(options: LinkFaultsOptions<Datagram>) {
    this.#options = options;
  }

  /**
   * Replaces the faults of all links; receivers that are not named have none. A link that is cut loses everything on
   * it, however soon it is restored. Datagrams on the other links arrive as they would have.
   */
  setFaults(faults: Readonly<Record<NodeId, LinkFaults>>): void {
    const named = new Map(Object.entries(faults).map(([id, value]) => [Number(id), value]));
    for (const [id, link] of this.#links) {
      link.faults = named.get(id) ?? NO_FAULTS;
      if (link.faults.down) {
        this.#lose(link);
      } else if (!named.has(id) && link.held.size === 0) {
        this.#links.delete(id);
      }
    }
    for (const [id, value] of named) {
      if (!this.#links.has(id)) {
        this.#links.set(id, { faults: value, held: new Map(), overtaken: undefined });
      }
    }
  }

  send(datagram: Datagram): void {
    const link = this.#links.get(datagram.to);
    if (link === undefined || (isFaultless(link.faults) && link.overtaken === undefined)) {
      this.#options.transmit(datagram);
      return;
    }
    const { faults } = link;
    if (faults.down) {
      this.#options.onDropped(datagram, 'cut');
    } else if (this.#happens(faults.lossPercent)) {
      this.#options.onDropped(datagram, 'loss');
    } else {
      this.#order(link, datagram);
      if (this.#happens(faults.duplicatePercent)) {
        this.#delay(link, datagram);
      }
    }
  }

  /** Discards everything that waits. */
  close(): void {
    for (const { held } of this.#links.values()) {
      for (const timer of held.keys()) {
        timer.cancel();
      }
    }
    this.#links.clear();
  }

  #happens(percent: number): boolean {
    return percent > 0 && this.#options.random() * 100 < percent;
  }

  #lose(link: Link<Datagram>): void {
    for (const [timer, datagram] of link.held) {
      timer.cancel();
      this.#options.onDropped(datagram, 'cut');
    }
    link.held.clear();
    link.overtaken = undefined;
  }

  #order(link: Link<Datagram>, datagram: Datagram): void {
    const { overtaken } = link;
    if (overtaken === undefined && this.#happens(link.faults.reorderPercent)) {
      link.overtaken = this.#hold(link, datagram, OVERTAKING_WAIT_MS_MAX, () => {
        link.overtaken = undefined;
        this.#delay(link, datagram);
      });
      return;
    }
    this.#delay(link, datagram);
    if (overtaken !== undefined) {
      const late = link.held.get(overtaken);
      overtaken.cancel();
      link.held.delete(overtaken);
      link.overtaken = undefined;
      if (late !== undefined) {
        this.#delay(link, late);
      }
    }
  }

  #delay(link: Link<Datagram>, datagram: Datagram): void {
    const { delayMs, jitterMs } = link.faults;
    if (delayMs === 0 && jitterMs === 0) {
      this.#options.transmit(datagram);
      return;
    }
    const waitMs = Math.max(0, delayMs + (2 * this.#options.random() - 1) * jitterMs);
    this.#hold(link, datagram, waitMs, () => this.#options.transmit(datagram));
  }

  /** Keeps a datagram on its link. Every datagram that waits is held here, so that a cut loses them all. */
  #hold(link: Link<Datagram>, datagram: Datagram, waitMs: number, release: () => void): Timer | undefined {
    if (link.held.size >= QUEUE_LENGTH_MAX) {
      this.#options.onDropped(datagram, 'queue-full');
      return undefined;
    }
    const timer = this.#options.clock.after(waitMs, () => {
      link.held.delete(timer);
      release();
    });
    link.held.set(timer, datagram);
    return timer;
  }
}
