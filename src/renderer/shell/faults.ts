/** The network's present faults, counted and in words, for the chip that is shown while there are any. */
import type { LinkFaults } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import type { ClusterView } from '../../trace/view.ts';

export interface FaultSummary {
  readonly partitioned: boolean;
  /** The number of node pairs with a cut link outside a partition; a link cut one way counts, too. */
  readonly cutLinks: number;
  /** The number of node pairs whose link loses, delays, duplicates or reorders. */
  readonly impairedLinks: number;
  /** Whether healing would change anything: a partition or a cut link. */
  readonly healable: boolean;
  /** `1 partition · 2 links cut`; empty when there is no fault. */
  readonly text: string;
}

function isImpaired(faults: LinkFaults): boolean {
  return faults.lossPercent > 0 || faults.delayMs > 0 || faults.jitterMs > 0 || faults.duplicatePercent > 0
    || faults.reorderPercent > 0;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Summarises the links' faults. */
export function summariseFaults(view: Pick<ClusterView, 'links' | 'partition'> | null): FaultSummary {
  const groups = view?.partition ?? null;
  const groupOf = (name: NodeName): number => groups?.findIndex((group) => group.includes(name)) ?? 0;
  const cut = new Set<string>();
  const impaired = new Set<string>();
  for (const { from, to, faults } of Object.values(view?.links ?? {})) {
    const pair = [from, to].sort().join();
    if (faults.down && groupOf(from) === groupOf(to)) cut.add(pair);
    if (isImpaired(faults)) impaired.add(pair);
  }
  const parts: string[] = [];
  if (groups !== null) parts.push('1 partition');
  if (cut.size > 0) parts.push(counted(cut.size, 'link cut', 'links cut'));
  if (impaired.size > 0) parts.push(counted(impaired.size, 'faulty link', 'faulty links'));
  return {
    partitioned: groups !== null,
    cutLinks: cut.size,
    impairedLinks: impaired.size,
    healable: groups !== null || cut.size > 0,
    text: parts.join(' · '),
  };
}
