/** Which Raft the open lab runs, and changing it on all nodes at once. */
import { checkVariantChange } from '../contract/variantChanges.ts';
import type { LabEvent } from '../trace/events.ts';
import { isSameVariant } from '../trace/variant.ts';
import type { RaftVariant } from '../trace/variant.ts';
import type { LabNodes } from './nodes/labNodes.ts';

export interface LabVariantHost {
  readonly nodes: LabNodes;
  readonly leaseReads: () => boolean;
  readonly record: (event: LabEvent) => void;
  /** Writes lab.json; a failure is reported, not thrown. */
  readonly save: () => Promise<void>;
}

export class LabVariant {
  readonly #host: LabVariantHost;
  #now: RaftVariant;

  constructor(variant: RaftVariant, host: LabVariantHost) {
    this.#now = variant;
    this.#host = host;
  }

  get now(): RaftVariant {
    return this.#now;
  }

  /**
   * All nodes learn of it at once; one that is away or paused, when it is back. While they differ, each keeps to its
   * own rules.
   * @throws {LabError} `refused` for what cannot change
   */
  async set(variant: RaftVariant): Promise<void> {
    checkVariantChange(this.#now, variant, this.#host.leaseReads());
    if (isSameVariant(this.#now, variant)) {
      return;
    }
    this.#now = variant;
    this.#host.record({ type: 'variantChanged', variant });
    this.#host.nodes.post({ type: 'variant', variant });
    await this.#host.save();
  }
}
