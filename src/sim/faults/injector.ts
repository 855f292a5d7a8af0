/** Does one fault after the other until it is stopped: at random times, and at the moments of its ambushes. */
import type { Cluster } from '../cluster.ts';
import type { Random } from '../random.ts';
import type { SimulatedNode } from '../simulatedNode.ts';
import { TICK_MICROS } from '../settings.ts';
import { type Moment, momentOf } from './ambush.ts';
import { fullDisk, loseDisk, slowDisk } from './disks.ts';
import { type Fault, FaultTools } from './fault.ts';
import { campaign, duel, forgetLeader, transfer } from './leadership.ts';
import { changeMembers, replaceLost } from './members.ts';
import { FAULT_NAMES, type FaultName } from './names.ts';
import { isolate, partition, slowLinks } from './network.ts';
import { blink, crash, crashSeveral, pause, skewClock, stall } from './processes.ts';
import { strand } from './strand.ts';
import { changePace, coup, switchLeases } from './terms.ts';
import { compact, flock } from './workload.ts';

const FAULTS: Readonly<Record<FaultName, Fault>> = {
  crash, blink, crashSeveral, pause, stall, skewClock,
  isolate, strand, partition, slowLinks,
  slowDisk, fullDisk, loseDisk,
  transfer, campaign, duel,
  changeMembers, compact, flock,
  switchLeases, changePace, forgetLeader, coup,
};

/** The probability that a fault at a random time hits the leader: most can go wrong there. */
const LEADER_SHARE = 0.5;

export class FaultInjector {
  readonly #cluster: Cluster;
  readonly #tools: FaultTools;
  readonly #random: Random;
  #isStopped = false;

  constructor(cluster: Cluster, random: Random) {
    this.#cluster = cluster;
    this.#random = random;
    this.#tools = new FaultTools(cluster, random);
    cluster.watch.onRaftEvent = (server, event) => {
      const moment = momentOf(server, event);
      if (moment !== undefined) this.#springAmbushes(server, moment);
    };
    cluster.watch.onPiece = (server) => {
      this.#springAmbushes(server, 'receives-snapshot');
    };
    cluster.onLost = (server) => {
      replaceLost(this.#tools, server);
    };
    this.#scheduleNext();
  }

  /** No more faults. Lost servers are still replaced. */
  stop(): void {
    this.#isStopped = true;
  }

  #scheduleNext(): void {
    const { min, max } = this.#cluster.settings.faultEveryTicks;
    this.#tools.after(this.#random.int(min, max) * TICK_MICROS, () => {
      if (!this.#isStopped) {
        this.#doOne();
        this.#scheduleNext();
      }
    });
  }

  #doOne(): void {
    const fault = this.#draw();
    const leader = this.#random.chance(LEADER_SHARE) ? this.#cluster.leader() : undefined;
    const target = leader ?? this.#cluster.server(this.#random.pick(this.#cluster.memberIds()));
    if (fault !== undefined && target !== undefined) {
      FAULTS[fault](this.#tools, target);
    }
  }

  #draw(): FaultName | undefined {
    const { faults } = this.#cluster.settings;
    let left = this.#random.int(1, Math.max(1, FAULT_NAMES.reduce((sum, name) => sum + (faults[name] ?? 0), 0)));
    return FAULT_NAMES.find((name) => (left -= faults[name] ?? 0) <= 0 && faults[name] !== undefined);
  }

  #springAmbushes(server: SimulatedNode, moment: Moment): void {
    if (this.#isStopped) {
      return;
    }
    for (const { at, fault, chance, delayMicrosMax, hits } of this.#cluster.settings.ambushes) {
      if (at === moment && this.#random.chance(chance)) {
        // Never in the middle of a server's turn: a server is hit between one step and the next.
        this.#tools.after(this.#random.int(0, delayMicrosMax), () => {
          const target = hits === 'self' ? server : this.#tools.others(server)[0];
          if (!this.#isStopped && target !== undefined) {
            FAULTS[fault](this.#tools, target);
          }
        });
      }
    }
  }
}
