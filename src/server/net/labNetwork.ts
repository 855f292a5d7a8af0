/** The faults of a lab's links: each link's own, and the partition's cuts over them. Pure bookkeeping. */
import { LabError } from '../../contract/errors.ts';
import type { Hold, LabEvent, LinkFaults } from '../../trace/events.ts';
import { isFaultless, NO_FAULTS } from '../../trace/events.ts';
import { linkKey } from '../../trace/fold.ts';
import type { NodeName } from '../../trace/names.ts';

export interface LinkSetting {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly faults: LinkFaults;
}

export class LabNetwork {
  #nodes: readonly NodeName[];
  readonly #links = new Map<string, LinkSetting>();
  #partition: readonly (readonly NodeName[])[] | null;

  constructor(
    nodes: readonly NodeName[], links: readonly LinkSetting[], partition: readonly (readonly NodeName[])[] | null,
  ) {
    this.#nodes = nodes;
    this.#partition = partition;
    for (const link of links) {
      this.#links.set(linkKey(link.from, link.to), link);
    }
  }

  /** The links' own faults, for lab.json. */
  get links(): readonly LinkSetting[] {
    return [...this.#links.values()];
  }

  get partition(): readonly (readonly NodeName[])[] | null {
    return this.#partition;
  }

  /**
   * The faults for datagrams from one node to another: the link's own, and a cut where a partition separates the nodes.
   */
  faultsOf(from: NodeName, to: NodeName): LinkFaults {
    const faults = this.#links.get(linkKey(from, to))?.faults ?? NO_FAULTS;
    return this.#isDivided(from, to) ? { ...faults, down: true } : faults;
  }

  /** The events that describe the network at the start of a trace. */
  events(): readonly LabEvent[] {
    const partitioned: LabEvent[] = this.#partition === null ? [] : [{ type: 'partitioned', groups: this.#partition }];
    const changed = this.#pairs()
      .map(([from, to]): LabEvent & { type: 'linkChanged' } => ({
        type: 'linkChanged', from, to, faults: this.faultsOf(from, to),
      }))
      .filter(({ faults }) => !isFaultless(faults));
    return [...partitioned, ...changed];
  }

  /**
   * Sets one link's own faults. Where the partition cuts the link, a cut among them is the partition's, which whoever
   * changes another fault has seen and sends along: the link's own stays what it was.
   * @throws {LabError} when there is no such link
   */
  set(from: NodeName, to: NodeName, bothWays: boolean, faults: LinkFaults): readonly LabEvent[] {
    if (from === to) {
      throw new LabError('invalid-argument', `${from} has no link to itself: name two nodes`);
    }
    return this.#change(() => {
      this.#setOne(from, to, this.#ownFaults(from, to, faults));
      if (bothWays) {
        this.#setOne(to, from, this.#ownFaults(to, from, faults));
      }
      return [];
    });
  }

  /** Sets what every link holds; their other faults stay. */
  holdAll(hold: Hold): readonly LabEvent[] {
    return this.#change(() => {
      for (const [from, to] of this.#pairs()) {
        this.#setOne(from, to, { ...this.#links.get(linkKey(from, to))?.faults ?? NO_FAULTS, hold });
      }
      return [];
    });
  }

  /**
   * Divides the nodes. Nodes that no group names form one more group. An earlier partition is replaced; links that were
   * cut one by one stay cut.
   * @throws {LabError} when a node is named twice
   */
  divide(groups: readonly (readonly NodeName[])[]): readonly LabEvent[] {
    const named = groups.flat();
    const twice = named.find((name, position) => named.indexOf(name) !== position);
    if (twice !== undefined) {
      throw new LabError('invalid-argument', `${twice} is named twice: a node is on one side of a partition`);
    }
    const rest = this.#nodes.filter((name) => !named.includes(name));
    const all = rest.length === 0 ? groups : [...groups, rest];
    return this.#change(() => {
      this.#partition = all;
      return [{ type: 'partitioned', groups: all }];
    });
  }

  /** Ends the partition and every cut link; loss and delay stay. */
  heal(): readonly LabEvent[] {
    return this.#change(() => {
      this.#partition = null;
      for (const { from, to, faults } of this.links) {
        this.#setOne(from, to, { ...faults, down: false });
      }
      return [{ type: 'healed' }];
    });
  }

  /** Removes every fault of every link. */
  reset(): readonly LabEvent[] {
    return this.#change(() => {
      this.#partition = null;
      this.#links.clear();
      return [{ type: 'healed' }];
    });
  }

  /** Adds a node. If there is a partition, the node is on the side of `beside`. */
  addNode(name: NodeName, beside: NodeName | undefined): readonly LabEvent[] {
    this.#nodes = [...this.#nodes, name];
    const partition = this.#partition;
    if (partition === null) {
      return [];
    }
    const side = Math.max(0, partition.findIndex((group) => beside !== undefined && group.includes(beside)));
    return this.#change(() => {
      const groups = partition.map((group, position) => (position === side ? [...group, name] : group));
      this.#partition = groups;
      return [{ type: 'partitioned', groups }];
    });
  }

  /** Removes a node, its links, and its place in the partition. */
  removeNode(name: NodeName): readonly LabEvent[] {
    this.#nodes = this.#nodes.filter((node) => node !== name);
    for (const [key, { from, to }] of this.#links) {
      if (from === name || to === name) {
        this.#links.delete(key);
      }
    }
    const groups = this.#partition?.map((group) => group.filter((node) => node !== name))
      .filter((group) => group.length > 0) ?? [];
    if (this.#partition === null || groups.length > 1) {
      this.#partition = this.#partition === null ? null : groups;
      return this.#partition === null ? [] : [{ type: 'partitioned', groups }];
    }
    return this.#change(() => {
      this.#partition = null;
      return [];
    });
  }

  /** Makes a change and returns its events: its own first, then one for each link that has changed. */
  #change(action: () => readonly LabEvent[]): readonly LabEvent[] {
    const before = this.#pairs().map(([from, to]) => this.faultsOf(from, to));
    const events = [...action()];
    this.#pairs().forEach(([from, to], position) => {
      const faults = this.faultsOf(from, to);
      if (!areEqual(faults, before[position] ?? NO_FAULTS)) {
        events.push({ type: 'linkChanged', from, to, faults });
      }
    });
    return events;
  }

  #setOne(from: NodeName, to: NodeName, faults: LinkFaults): void {
    if (isFaultless(faults)) {
      this.#links.delete(linkKey(from, to));
    } else {
      this.#links.set(linkKey(from, to), { from, to, faults });
    }
  }

  #ownFaults(from: NodeName, to: NodeName, faults: LinkFaults): LinkFaults {
    if (!faults.down || !this.#isDivided(from, to)) return faults;
    return { ...faults, down: this.#links.get(linkKey(from, to))?.faults.down ?? false };
  }

  #isDivided(from: NodeName, to: NodeName): boolean {
    return this.#partition !== null && !this.#partition.some((group) => group.includes(from) && group.includes(to));
  }

  #pairs(): readonly (readonly [NodeName, NodeName])[] {
    return this.#nodes.flatMap((from) => this.#nodes.filter((to) => to !== from).map((to) => [from, to] as const));
  }
}

function areEqual(a: LinkFaults, b: LinkFaults): boolean {
  return a.down === b.down && a.lossPercent === b.lossPercent && a.delayMs === b.delayMs && a.jitterMs === b.jitterMs
    && a.duplicatePercent === b.duplicatePercent && a.reorderPercent === b.reorderPercent
    && String(a.hold) === String(b.hold);
}
