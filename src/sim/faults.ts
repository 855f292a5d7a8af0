/**
 * What is done to a simulated cluster: crashes, cuts, pauses, bad disks, skewed clocks, changes of leader and of
 * members.
 */
import type { ConfigurationChange, NodeId, SingleChange } from '../raft/index.ts';
import type { Cluster } from './cluster.ts';
import type { Random } from './random.ts';
import { TICK_MICROS, type FaultWeights } from './settings.ts';

/** More servers than that are never members at once. */
const MEMBERS_MAX = 9;

/** Draws one fault after the other until it is told to stop. */
export class FaultInjector {
  readonly #cluster: Cluster;
  readonly #random: Random;
  #isStopped = false;
  readonly #faults: Readonly<Record<keyof FaultWeights, () => void>> = {
    crash: () => {
      this.#crash();
    },
    crashLeader: () => {
      this.#crashOne(this.#cluster.leader()?.id, this.#random.int(1, 20));
    },
    crashAtWrite: () => {
      this.#crashAtWrite();
    },
    isolateLeader: () => {
      this.#isolateLeader();
    },
    pause: () => {
      this.#pause();
    },
    partition: () => {
      this.#partition();
    },
    transfer: () => {
      this.#transfer();
    },
    campaign: () => {
      this.#anyServer()?.command((raft) => {
        raft.campaign();
      });
    },
    membership: () => {
      this.#changeMembership();
    },
    compact: () => {
      this.#anyServer()?.compact(this.#random.int(0, 5));
    },
    slowDisk: () => {
      this.#slowDisk();
    },
    fullDisk: () => {
      this.#fullDisk();
    },
    clockSkew: () => {
      this.#skewClock();
    },
  };

  constructor(cluster: Cluster, random: Random) {
    this.#cluster = cluster;
    this.#random = random;
    this.#scheduleNext();
  }

  stop(): void {
    this.#isStopped = true;
  }

  #scheduleNext(): void {
    const { min, max } = this.#cluster.settings.faultEveryTicks;
    this.#after(this.#random.int(min, max), () => {
      if (!this.#isStopped) {
        const fault = this.#draw();
        if (fault !== undefined) {
          this.#faults[fault]();
        }
        this.#scheduleNext();
      }
    });
  }

  #draw(): keyof FaultWeights | undefined {
    const weights = Object.entries(this.#cluster.settings.faults) as [keyof FaultWeights, number][];
    let left = this.#random.float() * weights.reduce((sum, [, weight]) => sum + weight, 0);
    return weights.find(([, weight]) => (left -= weight) < 0)?.[0];
  }

  #anyServer() {
    const ids = this.#cluster.memberIds();
    return ids.length === 0 ? undefined : this.#cluster.server(this.#random.pick(ids));
  }

  /** One server, or now and then several in the same instant. */
  #crash(): void {
    const victims = this.#random.shuffled(this.#cluster.memberIds());
    const count = this.#random.chance(0.2) ? this.#random.int(1, victims.length) : 1;
    for (const id of victims.slice(0, count)) {
      this.#crashOne(id, this.#random.int(1, 60));
    }
  }

  #crashOne(id: NodeId | undefined, downTicks: number): void {
    if (id !== undefined && this.#cluster.server(id)?.life !== 'down') {
      this.#cluster.crash(id, this.#random.chance(0.5));
      this.#after(downTicks, () => {
        this.#cluster.restart(id);
      });
    }
  }

  /** Between the messages that need not wait for the disk and the write: what those promised is lost. */
  #crashAtWrite(): void {
    const server = this.#anyServer();
    if (server !== undefined) {
      server.atNextWrite = () => {
        this.#cluster.crash(server.id, false);
        this.#after(this.#random.int(1, 3), () => {
          this.#cluster.restart(server.id);
        });
      };
    }
  }

  /** The leader loses some followers, or all; the others may elect another while it still thinks that it leads. */
  #isolateLeader(): void {
    const { network } = this.#cluster;
    const leader = this.#cluster.leader();
    if (leader === undefined) {
      return;
    }
    const others = this.#random.shuffled(this.#cluster.memberIds().filter((id) => id !== leader.id));
    const kept = this.#random.chance(0.5) ? 0 : this.#random.int(0, Math.max(0, others.length - 1));
    for (const other of others.slice(kept)) {
      network.cut(leader.id, other);
      network.cut(other, leader.id);
    }
    this.#after(this.#random.int(5, 80), () => {
      network.heal();
    });
  }

  #pause(): void {
    const server = this.#anyServer();
    server?.pause();
    this.#after(this.#random.int(1, 60), () => {
      server?.resume();
    });
  }

  #partition(): void {
    const { network } = this.#cluster;
    const ids = this.#random.shuffled(this.#cluster.memberIds());
    network.heal();
    const cutBothWays = (a: NodeId, b: NodeId) => {
      network.cut(a, b);
      network.cut(b, a);
    };
    this.#random.pick([
      // Two sides.
      () => {
        const size = this.#random.int(1, ids.length);
        for (const a of ids.slice(0, size)) for (const b of ids.slice(size)) cutBothWays(a, b);
      },
      // A bridge: two sides that both reach one server (Cloudflare's outage of November 2020).
      () => {
        const [, ...others] = ids;
        const size = Math.floor(others.length / 2);
        for (const a of others.slice(0, size)) for (const b of others.slice(size)) cutBothWays(a, b);
      },
      // Deaf: sends but hears nobody.
      () => {
        const [deaf, ...others] = ids;
        if (deaf !== undefined) for (const other of others) network.cut(other, deaf);
      },
      // Single links, single directions.
      () => {
        for (const a of ids) for (const b of ids) if (a !== b && this.#random.chance(0.3)) network.cut(a, b);
      },
    ])();
    this.#after(this.#random.int(5, 120), () => {
      network.heal();
    });
  }

  #transfer(): void {
    const target = this.#random.pick(this.#cluster.memberIds());
    this.#anyServer()?.command((raft) => {
      raft.transferLeadership(target);
    });
  }

  #changeMembership(): void {
    const asked = this.#cluster.leader();
    if (asked === undefined) {
      return;
    }
    const change = this.#drawChange(asked.configuration.voters, asked.configuration.learners);
    for (const { type, id } of change.changes) {
      if (type === 'add-voter' || type === 'add-learner') {
        this.#cluster.addServer(id);
      }
    }
    asked.command((raft) => {
      raft.proposeConfigurationChange(change);
    });
  }

  #drawChange(voters: readonly NodeId[], learners: readonly NodeId[]): ConfigurationChange {
    if (this.#cluster.isJoint() && this.#random.chance(0.6)) {
      return { transition: 'auto', changes: [] };
    }
    const newcomer = () => (voters.length < MEMBERS_MAX ? this.#cluster.nextId() : this.#random.pick(voters));
    const draw = (): SingleChange => this.#random.pick<() => SingleChange>([
      () => ({ type: 'add-learner', id: newcomer() }),
      () => ({ type: 'add-voter', id: this.#random.pick(learners.length > 0 ? learners : [this.#cluster.nextId()]) }),
      // At least two voters stay, so that the cluster does not shrink to nothing.
      () => (voters.length > 2 ? { type: 'remove', id: this.#random.pick(voters) } : { type: 'update', id: 0 }),
    ])();
    const count = this.#random.chance(0.5) ? 1 : this.#random.int(1, 2);
    const transition = this.#random.pick(['auto', 'joint-implicit', 'joint-explicit'] as const);
    return { transition, changes: Array.from({ length: count }, draw) };
  }

  #slowDisk(): void {
    const server = this.#anyServer();
    if (server !== undefined) {
      server.disk.slowness = this.#random.int(2, 50);
      this.#after(this.#random.int(10, 100), () => {
        server.disk.slowness = 1;
      });
    }
  }

  /** The disk is full for a while; the server stops by itself and is started again when there is room. */
  #fullDisk(): void {
    const server = this.#anyServer();
    if (server !== undefined) {
      server.disk.isFull = true;
      this.#after(this.#random.int(5, 50), () => {
        server.disk.isFull = false;
        this.#cluster.restart(server.id);
      });
    }
  }

  /** Up to 10 % fast or slow. Lease reads assume less (dissertation §6.4.1), so clocks stay right where they are on. */
  #skewClock(): void {
    const server = this.#anyServer();
    if (server !== undefined && !this.#cluster.settings.leaseReads) {
      server.clockRate = 0.9 + this.#random.float() * 0.2;
    }
  }

  #after(ticks: number, action: () => void): void {
    this.#cluster.schedule.after(ticks * TICK_MICROS, action);
  }
}
