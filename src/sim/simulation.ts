/**
 * One run from one seed: faults first, with every step checked; then calm, in which the cluster has to come back to
 * work.
 */
import { InvariantViolation } from '../raft/index.ts';
import { Cluster } from './cluster.ts';
import { FaultInjector } from './faults.ts';
import { checkLinearizability } from './linearizability/checker.ts';
import { keyValueModel } from './linearizability/models.ts';
import { hashBytes, Random } from './random.ts';
import { settingsFromSeed, type SimOptions, type SimSettings, TICK_MICROS } from './settings.ts';
import type { SimulationTrace } from './trace.ts';
import { LivenessViolation, SafetyViolation } from './violation.ts';

export interface SimulationResult {
  readonly seed: number;
  readonly settings: SimSettings;
  /** Undefined when the run was clean. */
  readonly violation: Error | undefined;
  readonly virtualMs: number;
  readonly steps: number;
  readonly operations: number;
  readonly committedIndex: number;
  /** A digest of how the run ended: the same for the same seed on every machine. */
  readonly fingerprint: number;
}

/**
 * How many election timeouts the cluster has to come back to work after the last fault; an unlucky split vote takes
 * one each.
 */
const RECOVERY_ELECTION_TIMEOUTS = 60;
/** A run that takes more steps than this in one phase does not end by itself. */
const STEPS_MAX = 2_000_000;
/** Histories are short; a search that takes longer than this is itself worth a look. */
const SEARCH_STEPS_MAX = 2_000_000;

/** Runs one seed. Never throws for what the cluster does: a violation is part of the result. */
export function simulate(options: SimOptions, trace?: SimulationTrace): SimulationResult {
  const settings = settingsFromSeed(options);
  const run = new Run(settings, trace);
  let violation: Error | undefined;
  try {
    run.faultPhase();
    run.livenessPhase();
    run.checkHistories();
  } catch (error) {
    if (!isViolation(error)) {
      throw error;
    }
    violation = error;
  }
  return { seed: settings.seed, settings, violation, ...run.summary() };
}

function isViolation(error: unknown): error is Error {
  return [SafetyViolation, LivenessViolation, InvariantViolation].some((kind) => error instanceof kind);
}

class Run {
  readonly #cluster: Cluster;
  readonly #faults: FaultInjector;
  #steps = 0;

  constructor(settings: SimSettings, trace: SimulationTrace | undefined) {
    this.#cluster = new Cluster(settings, trace);
    this.#faults = new FaultInjector(this.#cluster, new Random(settings.seed, 'faults'));
  }

  faultPhase(): void {
    this.#runUntil(this.#cluster.settings.faultTicks * TICK_MICROS, () => false);
  }

  /** All faults end, all servers run; within a bounded time the cluster elects, commits, serves and converges. */
  livenessPhase(): void {
    const { schedule, settings } = this.#cluster;
    this.#faults.stop();
    this.#calmDown();
    const electionTimeout = 2 * settings.electionTimeoutTicks * TICK_MICROS;
    const deadline = schedule.now + RECOVERY_ELECTION_TIMEOUTS * electionTimeout;
    const answersBefore = this.#answeredOperations();
    const served = () => this.#answeredOperations() > answersBefore;
    if (!this.#runUntil(deadline, served)) {
      throw new LivenessViolation(
        `nobody was answered within ${RECOVERY_ELECTION_TIMEOUTS} election timeouts of calm: ${this.#standings()}`,
      );
    }
    for (const client of this.#cluster.clients) {
      client.stop();
    }
    if (!this.#runUntil(deadline + RECOVERY_ELECTION_TIMEOUTS * electionTimeout, () => this.#hasConverged())) {
      throw new LivenessViolation(`the members did not converge: ${this.#standings()}`);
    }
    this.#compareMachines();
  }

  #calmDown(): void {
    const { network } = this.#cluster;
    network.heal();
    network.calm();
    for (const server of this.#cluster.servers) {
      server.disk.isFull = false;
      server.disk.slowness = 1;
      server.clockRate = 1;
      server.resume();
      this.#cluster.restart(server.id);
    }
  }

  checkHistories(): void {
    const history = this.#cluster.clients.flatMap((client) => client.endHistory());
    const verdict = checkLinearizability(keyValueModel, history, SEARCH_STEPS_MAX);
    if (verdict.verdict === 'not-linearizable') {
      const { partition, stuckAt, longestPrefix } = verdict;
      throw new SafetyViolation(
        'Linearizability',
        `no order explains ${stuckAt.client}'s ${JSON.stringify(stuckAt.input)} → ${JSON.stringify(stuckAt.output)} ` +
          `on key ${partition} (called at ${stuckAt.calledAt} µs, returned at ${stuckAt.returnedAt} µs, ` +
          `after ${longestPrefix.length} operations that fit)`,
      );
    }
  }

  summary(): Pick<SimulationResult, 'virtualMs' | 'steps' | 'operations' | 'committedIndex' | 'fingerprint'> {
    const servers = [...this.#cluster.servers];
    const digest = servers.map(({ id, machine }) => `${id}:${hashBytes(machine.snapshot())}`);
    return {
      virtualMs: this.#cluster.schedule.now / 1000,
      steps: this.#steps,
      operations: this.#answeredOperations(),
      committedIndex: Math.max(0, ...servers.map((server) => server.lastApplied)),
      fingerprint: hashBytes(new TextEncoder().encode(`${this.#steps} ${digest.join(' ')}`)),
    };
  }

  /** @returns whether `isDone` held before `until` */
  #runUntil(until: number, isDone: () => boolean): boolean {
    const { schedule } = this.#cluster;
    for (let steps = 0; schedule.runNext(until); steps += 1) {
      this.#steps += 1;
      if (steps % 16 === 0 && isDone()) {
        return true;
      }
      if (steps > STEPS_MAX) {
        throw new LivenessViolation(`more than ${STEPS_MAX} steps before ${until} µs`);
      }
    }
    return isDone();
  }

  #answeredOperations(): number {
    let answered = 0;
    for (const client of this.#cluster.clients) {
      answered += client.answered;
    }
    return answered;
  }

  #votersAndLearners() {
    const { voters, votersOutgoing, learners } = this.#cluster.newestConfiguration;
    return [...new Set([...voters, ...votersOutgoing, ...learners])];
  }

  #hasConverged(): boolean {
    const leader = this.#cluster.leader();
    const status = leader?.status();
    if (status === undefined || status.commitIndex !== status.lastIndex) {
      return false;
    }
    return this.#votersAndLearners().every((id) => this.#cluster.server(id)?.lastApplied === status.lastIndex);
  }

  #standings(): string {
    const progress = this.#cluster.leader()?.status()?.progress ?? [];
    return this.#votersAndLearners()
      .map((id) => {
        const server = this.#cluster.server(id);
        const status = server?.status();
        const seen = progress.find((follower) => follower.id === id);
        return (
          `${id} ${status?.role ?? server?.life ?? 'absent'} of term ${status?.term ?? '?'}, ` +
          `log [${status?.firstIndex ?? '?'}, ${status?.lastIndex ?? '?'}], ` +
          `commit ${status?.commitIndex ?? '?'}, applied ${server?.lastApplied ?? '?'}` +
          (seen === undefined ? '' : `, seen as ${seen.state} match ${seen.matchIndex} next ${seen.nextIndex}`)
        );
      })
      .join('; ');
  }

  #compareMachines(): void {
    const hashes = this.#votersAndLearners().map((id) => {
      const machine = this.#cluster.server(id)?.machine;
      return { id, hash: machine === undefined ? 0 : hashBytes(machine.snapshot()) };
    });
    const [first] = hashes;
    const other = hashes.find(({ hash }) => hash !== first?.hash);
    if (first !== undefined && other !== undefined) {
      throw new SafetyViolation('State Machine Safety', `in the end ${first.id} and ${other.id} hold different data`);
    }
  }
}
