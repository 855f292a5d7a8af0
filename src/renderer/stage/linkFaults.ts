/** The stage's changes to links: a change affects one direction or both, and keeps their other faults. */
import { holdsNothing, NO_FAULTS } from '../../trace/events.ts';
import type { LinkFaults } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import { sortedNames } from '../../trace/network.ts';
import type { ClusterView } from '../../trace/view.ts';

/** One order to the lab: set these faults from one node to another. */
export interface LinkOrder {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly faults: LinkFaults;
}

/** The present faults for datagrams from one node to another. */
export function faultsOf(view: ClusterView, from: NodeName, to: NodeName): LinkFaults {
  return view.links[`${from}>${to}`]?.faults ?? NO_FAULTS;
}

/** Whether anything is held between two nodes, in either direction. */
export function isHeld(view: ClusterView, a: NodeName, b: NodeName): boolean {
  return !holdsNothing(faultsOf(view, a, b).hold) || !holdsNothing(faultsOf(view, b, a).hold);
}

/** The order that changes one direction. */
export function changeOneWay(view: ClusterView, from: NodeName, to: NodeName, patch: Partial<LinkFaults>): LinkOrder[] {
  return [{ from, to, faults: { ...faultsOf(view, from, to), ...patch } }];
}

/** The orders that change both directions; each keeps its other faults. */
export function changeBothWays(view: ClusterView, a: NodeName, b: NodeName, patch: Partial<LinkFaults>): LinkOrder[] {
  return [...changeOneWay(view, a, b, patch), ...changeOneWay(view, b, a, patch)];
}

/** The orders that change every link of a node. */
function changeAll(view: ClusterView, name: NodeName, patch: Partial<LinkFaults>): LinkOrder[] {
  const peers = sortedNames(view).filter((peer) => peer !== name);
  return peers.flatMap((peer) => changeBothWays(view, name, peer, patch));
}

/** The orders that cut a node's links to all others. */
export function isolate(view: ClusterView, name: NodeName): LinkOrder[] {
  return changeAll(view, name, { down: true });
}

/** The orders that end every cut of a node's links; loss and delay stay. */
export function rejoin(view: ClusterView, name: NodeName): LinkOrder[] {
  return changeAll(view, name, { down: false });
}
