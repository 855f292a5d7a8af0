/** What faults work with. */
import type { Cluster } from '../cluster.ts';
import type { Random } from '../random.ts';
import type { Micros } from '../schedule.ts';
import type { SimulatedNode } from '../simulatedNode.ts';
import { TICK_MICROS } from '../settings.ts';

/** What a fault works with. */
export class FaultTools {
  readonly cluster: Cluster;
  readonly random: Random;
  /** The number of voters that membership changes aim at. */
  wantedVoters: number;

  constructor(cluster: Cluster, random: Random) {
    this.cluster = cluster;
    this.random = random;
    this.wantedVoters = cluster.settings.nodeCount;
  }

  after(delay: Micros, action: () => void): void {
    this.cluster.schedule.after(delay, action);
  }

  /** How long a fault lasts: half of them end within two ticks, the others within `maxTicks`. */
  duration(maxTicks: number): Micros {
    const longest = this.random.chance(0.5) ? 2 : maxTicks;
    return this.random.int(1, longest * TICK_MICROS);
  }

  /** The other members, in a random order. */
  others(server: SimulatedNode): SimulatedNode[] {
    return this.members().filter(({ id }) => id !== server.id);
  }

  /** The members, in a random order. */
  members(): SimulatedNode[] {
    return this.random.shuffled(this.cluster.memberIds()).flatMap((id) => this.cluster.server(id) ?? []);
  }
}

/** Harms a server, or others around it, and undoes the harm later. */
export type Fault = (tools: FaultTools, target: SimulatedNode) => void;
