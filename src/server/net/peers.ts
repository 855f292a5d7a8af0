/** Where the other nodes are, and when each was last heard from. */
import type { NodeId, RaftNode } from '../../raft/index.ts';
import type { PeerAddress } from '../protocol.ts';

export class Peers {
  /** The addresses that the lab named. */
  #book = new Map<NodeId, PeerAddress>();
  /** Where they are now: at the lab's address, or where they were heard from since. */
  #addresses = new Map<NodeId, PeerAddress>();
  /** The same as `address:port`, for a fast look-up. */
  #places = new Set<string>();
  readonly #heardAtTick = new Map<NodeId, number>();

  /**
   * Replaces the address book; a node that is no longer in it is unknown from now on. Where an entry has not changed,
   * the address that the node was heard from since is newer, and stays.
   */
  set(peers: readonly PeerAddress[]): void {
    const formerBook = this.#book;
    const heardAt = this.#addresses;
    this.#book = new Map(peers.map((peer) => [peer.id, peer]));
    this.#addresses = new Map(peers.map((peer) => {
      const former = formerBook.get(peer.id);
      const isNews = former?.address !== peer.address || former.port !== peer.port;
      return [peer.id, isNews ? peer : heardAt.get(peer.id) ?? peer];
    }));
    this.#notePlaces();
    for (const id of this.#heardAtTick.keys()) {
      if (!this.#addresses.has(id)) {
        this.#heardAtTick.delete(id);
      }
    }
  }

  /** What the lab said of a node. */
  inBook(id: NodeId): PeerAddress | undefined {
    return this.#book.get(id);
  }

  addressOf(id: NodeId): PeerAddress | undefined {
    return this.#addresses.get(id);
  }

  /** A known node was heard from an address: from now on it is there. */
  follow(id: NodeId, address: string, port: number): void {
    const known = this.#addresses.get(id);
    if (known !== undefined && (known.address !== address || known.port !== port)) {
      this.#addresses.set(id, { id, address, port });
      this.#notePlaces();
    }
  }

  /** Whether a node is known to be at this address. */
  isAt(address: string, port: number): boolean {
    return this.#places.has(placeOf(address, port));
  }

  isKnown(id: NodeId): boolean {
    return this.#addresses.has(id);
  }

  heard(id: NodeId, tick: number): void {
    this.#heardAtTick.set(id, tick);
  }

  #notePlaces(): void {
    this.#places = new Set([...this.#addresses.values()].map(({ address, port }) => placeOf(address, port)));
  }

  /** How many of `ids` were heard from at `sinceTick` or later. */
  heardCount(ids: readonly NodeId[], sinceTick: number): number {
    return ids.filter((id) => (this.#heardAtTick.get(id) ?? -Infinity) >= sinceTick).length;
  }
}

function placeOf(address: string, port: number): string {
  return `${address}:${port}`;
}

/** How many of the voters a node has heard from within the last two election timeouts, itself included. */
export function visibilityOf(
  { id, configuration: { voters }, electionTimeoutTicks }:
  Pick<RaftNode, 'id' | 'configuration' | 'electionTimeoutTicks'>,
  peers: Peers, nowTick: number,
): { readonly seen: number; readonly voters: number } {
  const others = voters.filter((voter) => voter !== id);
  const heard = peers.heardCount(others, nowTick - 2 * electionTimeoutTicks);
  return { seen: heard + voters.length - others.length, voters: voters.length };
}
