/** Which links of a cluster are cut, and which groups that leaves: header, stage and `status` all ask here. */
import { isFaultless } from './events.ts';
import { nodeNumberOfName } from './names.ts';
import type { NodeName } from './names.ts';
import type { ClusterView, LinkView } from './view.ts';

/** The address of a machine to itself: nobody else can reach what listens there. */
export const LOOPBACK = '127.0.0.1';

type Network = Pick<ClusterView, 'nodes' | 'links'>;

/** What is wrong with the network, each fault told once. */
export interface NetworkFaults {
  /** The groups that the cut links leave; null while a chain of links joins all nodes. */
  readonly partition: readonly (readonly NodeName[])[] | null;
  /** What links do besides: a cut between two groups is told with the partition. */
  readonly links: readonly LinkView[];
}

/** Node names in the order of their numbers. */
export function sortedNames(view: Pick<ClusterView, 'nodes'>): NodeName[] {
  return Object.values(view.nodes).map((node) => node.name).sort((a, b) => nodeNumberOfName(a) - nodeNumberOfName(b));
}

/** Whether datagrams from one node to the other are thrown away because the link is down. */
export function isCut(view: Network, from: NodeName, to: NodeName): boolean {
  return view.links[`${from}>${to}`]?.faults.down === true;
}

/** Whether no datagram gets from one node to the other: the link is cut, or loses all. */
export function carriesNothing(view: Network, from: NodeName, to: NodeName): boolean {
  return isCut(view, from, to) || view.links[`${from}>${to}`]?.faults.lossPercent === 100;
}

/** Whether no datagram passes between the two in either direction. */
export function isCutBothWays(view: Network, a: NodeName, b: NodeName): boolean {
  return isCut(view, a, b) && isCut(view, b, a);
}

/**
 * The groups that the cut links leave: nodes are together when a chain of links joins them on which at least one
 * direction works. One group means that nothing is parted.
 */
export function connectedGroups(view: Network): NodeName[][] {
  const left = new Set(sortedNames(view));
  const groups: NodeName[][] = [];
  for (const first of left) {
    const group: NodeName[] = [first];
    left.delete(first);
    for (const member of group) {
      for (const other of left) {
        if (isCutBothWays(view, member, other)) continue;
        group.push(other);
        left.delete(other);
      }
    }
    groups.push(group.sort((a, b) => nodeNumberOfName(a) - nodeNumberOfName(b)));
  }
  return groups;
}

/** The faults of the network that the present nodes make up. */
export function networkFaults(view: Network): NetworkFaults {
  const groups = connectedGroups(view);
  const groupOf = (name: NodeName): number => groups.findIndex((group) => group.includes(name));
  const links = Object.values(view.links).flatMap((link): LinkView[] => {
    const [from, to] = [groupOf(link.from), groupOf(link.to)];
    if (from === -1 || to === -1) return []; // the link of a node that was removed
    const faults = from === to ? link.faults : { ...link.faults, down: false };
    return isFaultless(faults) ? [] : [{ ...link, faults }];
  });
  return { partition: groups.length < 2 ? null : groups, links };
}
