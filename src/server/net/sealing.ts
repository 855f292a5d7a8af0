/** Seals and opens a node's datagrams where its lab is on a LAN; without a secret they stay unchanged. */
import type { NodeId } from '../../raft/index.ts';
import { equalBytes } from '../bytes.ts';
import { invariant } from '../../raft/assert.ts';
import type { DatagramHeader, Opener, Sealer } from '../../wire/index.ts';
import type { ServerWorld, Timer } from '../world.ts';

/** The former secret still opens datagrams for this long after a change: nodes learn of the change one by one. */
const FORMER_SECRET_MS = 5000;

type SealingWorld = Pick<ServerWorld, 'clock' | 'seals'>;

export class Sealing {
  readonly #world: SealingWorld;
  readonly #labId: string;
  readonly #id: NodeId;
  readonly #boot: number;
  #secret: Uint8Array | undefined;
  #sealer: Sealer | undefined;
  #opener: Opener | undefined;
  #timer: Timer | undefined;

  constructor(world: SealingWorld, labId: string, id: NodeId, boot: number, secret: Uint8Array | undefined) {
    this.#world = world;
    this.#labId = labId;
    this.#id = id;
    this.#boot = boot;
    if (secret !== undefined) {
      this.change(secret);
    }
  }

  /** What opens arriving datagrams; undefined where they are not sealed. */
  get opener(): Opener | undefined {
    return this.#opener;
  }

  /** Seals with this secret from now on. @throws RangeError when its length is wrong */
  change(secret: Uint8Array): void {
    const former = this.#secret;
    if (former !== undefined && equalBytes(former, secret)) {
      return; // a machine that joins again sends the same secret
    }
    const { seals } = this.#world;
    invariant(seals !== undefined, () => 'a secret, and nothing to seal with');
    this.#sealer = seals.newSealer(secret, this.#labId, this.#id, this.#boot);
    this.#opener = seals.newOpener(former === undefined ? [secret] : [secret, former], this.#labId);
    this.#secret = secret;
    this.#timer?.cancel();
    if (former !== undefined) {
      this.#timer = this.#world.clock.after(FORMER_SECRET_MS, () => {
        this.#opener = seals.newOpener([secret], this.#labId);
      });
    }
  }

  /** The datagram, sealed if there is a secret. @throws RangeError when its counter was used before (caller's bug) */
  seal(datagram: Uint8Array, header: DatagramHeader): Uint8Array {
    return this.#sealer?.seal(datagram, header) ?? datagram;
  }

  close(): void {
    this.#timer?.cancel();
  }
}
