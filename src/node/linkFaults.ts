/** The faults that a person puts on the links from this node, between the node and its socket. */
import type { NodeId } from '../raft/types.ts';
import { isFaultless, NO_FAULTS } from '../trace/events.ts';
import type { DropReason, LinkFaults } from '../trace/events.ts';
import type { Random } from './random.ts';

/** The most datagrams that wait on one link; a full link drops the newest, as a router's queue does. */
const QUEUE_LENGTH_MAX = 4096;
/** How long a datagram that is to be overtaken waits for the next one. */
const OVERTAKING_WAIT_MS_MAX = 1000;

/** What the faults need to know of a datagram. */
export interface Addressed {
  readonly to: NodeId;
}

export interface LinkFaultsOptions<Datagram extends Addressed> {
  readonly random: Random;
  /** Puts a datagram on the socket. */
  readonly transmit: (datagram: Datagram) => void;
  readonly onDropped: (datagram: Datagram, reason: DropReason) => void;
}

interface Link<Datagram> {
  faults: LinkFaults;
  /** Datagrams that wait for their delay to pass. */
  readonly waiting: Set<NodeJS.Timeout>;
  /** The datagram that the next one overtakes. */
  heldBack: { readonly datagram: Datagram; readonly timer: NodeJS.Timeout } | undefined;
}

/**
 * One for a node; a link for each receiver. A link without faults is a direct call: nothing is queued, nothing drawn.
 */
export class LinkFaultInjector<Datagram extends Addressed> {
  readonly #options: LinkFaultsOptions<Datagram>;
  readonly #links = new Map<NodeId, Link<Datagram>>();

  constructor(options: LinkFaultsOptions<Datagram>) {
    this.#options = options;
  }

  /** Replaces the faults of all links; receivers that are not named have none. */
  setFaults(faults: Readonly<Record<NodeId, LinkFaults>>): void {
    const named = new Map(Object.entries(faults).map(([id, value]) => [Number(id), value]));
    for (const [id, link] of this.#links) {
      link.faults = named.get(id) ?? NO_FAULTS;
    }
    for (const [id, value] of named) {
      if (!this.#links.has(id)) {
        this.#links.set(id, { faults: value, waiting: new Set(), heldBack: undefined });
      }
    }
  }

  send(datagram: Datagram): void {
    const link = this.#links.get(datagram.to);
    if (link === undefined || (isFaultless(link.faults) && link.heldBack === undefined)) {
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

  /** Lets go of everything that waits. */
  close(): void {
    for (const link of this.#links.values()) {
      for (const timer of link.waiting) {
        clearTimeout(timer);
      }
      clearTimeout(link.heldBack?.timer);
    }
    this.#links.clear();
  }

  #happens(percent: number): boolean {
    return percent > 0 && this.#options.random() * 100 < percent;
  }

  #order(link: Link<Datagram>, datagram: Datagram): void {
    const { heldBack } = link;
    if (heldBack === undefined && this.#happens(link.faults.reorderPercent)) {
      const timer = setTimeout(() => {
        link.heldBack = undefined;
        this.#delay(link, datagram);
      }, OVERTAKING_WAIT_MS_MAX);
      link.heldBack = { datagram, timer };
      return;
    }
    this.#delay(link, datagram);
    if (heldBack !== undefined) {
      clearTimeout(heldBack.timer);
      link.heldBack = undefined;
      this.#delay(link, heldBack.datagram);
    }
  }

  #delay(link: Link<Datagram>, datagram: Datagram): void {
    const { delayMs, jitterMs } = link.faults;
    if (delayMs === 0 && jitterMs === 0) {
      this.#options.transmit(datagram);
      return;
    }
    if (link.waiting.size >= QUEUE_LENGTH_MAX) {
      this.#options.onDropped(datagram, 'queue-full');
      return;
    }
    const waitMs = Math.max(0, delayMs + (2 * this.#options.random() - 1) * jitterMs);
    const timer = setTimeout(() => {
      link.waiting.delete(timer);
      // A cable that was cut meanwhile carries nothing to its end.
      if (link.faults.down) {
        this.#options.onDropped(datagram, 'cut');
      } else {
        this.#options.transmit(datagram);
      }
    }, waitMs);
    link.waiting.add(timer);
  }
}
