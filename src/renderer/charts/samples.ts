/** Each node's numbers, second by second, for the last minutes, for the charts. Pure, in bounded memory. */
import type { NodeName } from '../../trace/names.ts';
import type { NodeView } from '../../trace/view.ts';

/** A node's counters, and how long its last transaction took. */
export interface Sample {
  readonly atMs: number;
  /** The run of the node: counters start again with the next run. */
  readonly run: string;
  readonly sent: number;
  readonly received: number;
  readonly committed: number;
  readonly transactions: number;
  readonly transactionMs: number;
}

export type Counter = 'sent' | 'received' | 'committed' | 'transactions';

/** A value for each moment; null if the node did not run or had just started. */
export type Series = readonly (number | null)[];

export const SAMPLE_EVERY_MS = 1000;
/** Two minutes, and one sample before them. */
export const SAMPLES_MAX = 121;

function sampleOf(node: NodeView, atMs: number): Sample | null {
  if (node.life !== 'running') return null;
  return {
    atMs, run: `${node.incarnation} ${node.boot}`, sent: node.counters.sent, received: node.counters.received,
    committed: node.commitIndex, transactions: node.disk.transactions, transactionMs: node.disk.lastDurationMs,
  };
}

export class SampleBook {
  readonly #byNode = new Map<NodeName, (Sample | null)[]>();
  #count = 0;

  /** Takes one sample of each node. Removed nodes are forgotten. */
  take(nodes: readonly NodeView[], atMs: number): void {
    const names = new Set(nodes.map((node) => node.name));
    for (const name of this.#byNode.keys()) if (!names.has(name)) this.#byNode.delete(name);
    for (const node of nodes) {
      // A new node has no past, but as many moments as the others.
      const samples = this.#byNode.get(node.name) ?? Array.from({ length: this.#count }, () => null);
      samples.push(sampleOf(node, atMs));
      if (samples.length > SAMPLES_MAX) samples.shift();
      this.#byNode.set(node.name, samples);
    }
    this.#count = Math.min(SAMPLES_MAX, this.#count + 1);
  }

  clear(): void {
    this.#byNode.clear();
    this.#count = 0;
  }

  /** A counter's growth per second between successive samples. */
  rates(name: NodeName, counter: Counter): Series {
    return this.#between(name, (before, after) =>
      (after[counter] - before[counter]) / (after.atMs - before.atMs) * 1000);
  }

  /** How long the last transaction of each second took; null if there was none. */
  transactionMs(name: NodeName): Series {
    return this.#between(name, (before, after) =>
      (after.transactions > before.transactions ? after.transactionMs : null));
  }

  #between(name: NodeName, value: (before: Sample, after: Sample) => number | null): Series {
    const samples = this.#byNode.get(name) ?? [];
    return samples.slice(1).map((after, position) => {
      const before = samples[position];
      return !before || after?.run !== before.run || after.atMs <= before.atMs ? null : value(before, after);
    });
  }
}
