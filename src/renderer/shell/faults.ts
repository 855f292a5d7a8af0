/** The network's present faults, counted and in words, for the chip that is shown while there are any. */
import { isFaultless } from '../../trace/events.ts';
import { networkFaults } from '../../trace/network.ts';
import type { ClusterView } from '../../trace/view.ts';

export interface FaultSummary {
  /** The number of node pairs whose link loses, delays, duplicates or reorders. */
  readonly impairedLinks: number;
  /** Whether healing would change anything: a partition or a cut link. */
  readonly healable: boolean;
  /** `1 partition · 2 links cut`; empty when there is no fault. */
  readonly text: string;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Summarises the links' faults. A link cut one way counts as cut, one between the sides of a partition does not. */
export function summariseFaults(view: Pick<ClusterView, 'nodes' | 'links'> | null): FaultSummary {
  const { partition, links } = networkFaults(view ?? { nodes: {}, links: {} });
  const cut = new Set<string>();
  const impaired = new Set<string>();
  for (const { from, to, faults } of links) {
    const pair = [from, to].sort().join();
    if (faults.down) cut.add(pair);
    if (!isFaultless({ ...faults, down: false })) impaired.add(pair);
  }
  const parts: string[] = [];
  if (partition !== null) parts.push('1 partition');
  if (cut.size > 0) parts.push(counted(cut.size, 'link cut', 'links cut'));
  if (impaired.size > 0) parts.push(counted(impaired.size, 'faulty link', 'faulty links'));
  return {
    impairedLinks: impaired.size,
    healable: partition !== null || cut.size > 0,
    text: parts.join(' · '),
  };
}
