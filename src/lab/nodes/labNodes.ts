/** The nodes of the open lab by their names, and what each of them learns about the others. */
import { LabError } from '../../contract/errors.ts';
import type { LabToNode } from '../../node/protocol.ts';
import type { NodeId } from '../../raft/types.ts';
import { isFaultless } from '../../trace/events.ts';
import type { LinkFaults } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import type { LabNode } from './labNode.ts';

export class LabNodes {
  readonly byName = new Map<NodeName, LabNode>();
  readonly #faultsOf: (from: NodeName, to: NodeName) => LinkFaults;

  /** @param faultsOf what happens to datagrams from one node to another */
  constructor(faultsOf: (from: NodeName, to: NodeName) => LinkFaults) {
    this.#faultsOf = faultsOf;
  }

  get all(): readonly LabNode[] {
    return [...this.byName.values()];
  }

  /** @throws {LabError} `unknown-node` */
  named(name: NodeName): LabNode {
    const node = this.byName.get(name);
    if (node === undefined) {
      const names = [...this.byName.keys()].join(', ');
      throw new LabError('unknown-node', `there is no node ${name} in this lab: it has ${names}`);
    }
    return node;
  }

  /** The address book: the address of each node that has run. */
  peers(): readonly LabNode['peerAddress'][] {
    return this.all.map((node) => node.peerAddress).filter(({ port }) => port !== 0);
  }

  /** The faults of a node's links by the receivers' current ids, without links that have no faults. */
  faultsFrom(name: NodeName): Readonly<Record<NodeId, LinkFaults>> {
    const others = this.all.filter((node) => node.name !== name);
    return Object.fromEntries(
      others.map((node) => [node.id, this.#faultsOf(name, node.name)] as const)
        .filter(([, faults]) => !isFaultless(faults)),
    );
  }

  /** Sends a message to the nodes that run. The others do not need it: they get everything again when they start. */
  post(message: LabToNode): void {
    for (const node of this.byName.values()) {
      node.threadIfAny?.post(message);
    }
  }

  /** A port, an identity or a link may have changed: every node gets the address book and the faults again. */
  tellOfEachOther(): void {
    const peers = this.peers();
    for (const node of this.byName.values()) {
      node.threadIfAny?.post({ type: 'peers', peers });
      node.threadIfAny?.post({ type: 'faults', faults: this.faultsFrom(node.name) });
    }
  }
}
