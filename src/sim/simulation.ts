/** One run from one seed: faults first, with every step checked; then calm, in which the cluster must recover. */
import { InvariantViolation, type NodeId } from '../raft/index.ts';
import { Cluster } from './cluster.ts';
import { FaultInjector } from './faults/injector.ts';
import { checkLinearizability } from '../history/linearizability/checker.ts';
import { keyValueModel } from '../history/linearizability/models.ts';
import { hashBytes, mixHash, Random } from './random.ts';
import type { Micros } from './schedule.ts';
import type { SimulatedNode } from './simulatedNode.ts';
import { settingsFromSeed, type SimOptions, type SimSettings, TICK_MICROS } from './settings.ts';
import type { RunTrace } from './trace.ts';
import { LivenessViolation, type Property, SafetyViolation } from './violation.ts';

export interface SimulationResult {
  readonly seed: number;
  readonly settings: SimSettings;
  /** Undefined when the run was clean. */
  readonly violation: Error | undefined;
  readonly virtualMs: number;
  readonly steps: number;
  /** Answers that clients got. */
  readonly operations: number;
  readonly appliedIndex: number;
  /** A digest of when everything happened and how it ended: the same for the same seed on every machine. */
  readonly fingerprint: number;
}

/**
 * Within how many election timeouts the cluster must recover after the last fault; each unlucky split vote takes one.
 */
const RECOVERY_ELECTION_TIMEOUTS = 60;
/** In calm, how often a message, or a write, fits into an election timeout. */
const BROADCASTS_PER_ELECTION_TIMEOUT = 6;
/** A run that takes more steps than this in one phase does not end by itself. */
const STEPS_MAX = 2_000_000;
/** A history whose search takes longer than this is not judged; ReadsAreFresh and the other checks have seen it too. */
const SEARCH_STEPS_MAX = 100_000;
/** How many steps are taken between two checks whether a phase is over. */
const STEPS_BETWEEN_QUESTIONS = 16;

const LINEARIZABILITY: Property = {
  name: 'Linearizability',
  section: 'Herlihy and Wing 1990',
  statement: 'every operation takes effect once, at some moment between its call and its answer',
};

function isViolation(error: unknown): error is Error {
  return error instanceof SafetyViolation || error instanceof LivenessViolation || error instanceof InvariantViolation;
}

/** Runs one seed. Never throws because of what the cluster does: a violation is part of the result. */
export function simulate(options: SimOptions, trace?: RunTrace): SimulationResult {
  const settings = settingsFromSeed(options);
  const run = new SeedRun(settings, trace);
  while (!run.isOver) run.step();
  return { seed: settings.seed, settings, violation: run.violation, ...run.summary() };
}

/** A seed's run, step by step. Between two steps nothing happens, however long they are apart. */
export class SeedRun {
  readonly #cluster: Cluster;
  readonly #faults: FaultInjector;
  /** Goes on by a step each time that it is asked. */
  readonly #phases = this.#run();
  #isOver = false;
  #violation: Error | undefined;
  #steps = 0;
  #fingerprint = 0;

  constructor(settings: SimSettings, trace: RunTrace | undefined) {
    this.#cluster = new Cluster(settings, trace);
    this.#faults = new FaultInjector(this.#cluster, new Random(settings.seed, 'faults'));
    this.step(); // to the first one
  }

  get cluster(): Cluster {
    return this.#cluster;
  }

  /** Whether no step is left: it was clean to its end, or something that Raft guarantees did not hold. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What it ended with; undefined while it was clean. */
  get violation(): Error | undefined {
    return this.#violation;
  }

  /** Takes the next step, with all that comes of it at once. Never throws because of what the cluster does. */
  step(): void {
    try {
      this.#isOver = this.#phases.next().done === true;
    } catch (error) {
      if (!isViolation(error)) throw error;
      this.#isOver = true;
      this.#violation = error;
      this.#cluster.trace?.violated(this.#cluster.schedule, error);
    }
  }

  *#run(): Generator<undefined, void> {
    yield* this.#faultPhase();
    yield* this.#livenessPhase();
    this.#checkHistories();
  }

  *#faultPhase(): Generator<undefined, void> {
    yield* this.#runUntil(this.#cluster.settings.faultTicks * TICK_MICROS, () => false);
  }

  /**
   * All faults end, all servers run, lost ones are replaced; within a bounded time the cluster elects, commits, serves
   * and converges.
   */
  *#livenessPhase(): Generator<undefined, void> {
    const { schedule, settings, clients } = this.#cluster;
    this.#faults.stop();
    this.#calmDown();
    const electionMicros = RECOVERY_ELECTION_TIMEOUTS * 2 * settings.electionTimeoutTicks * TICK_MICROS;
    const patience = electionMicros + this.#backlog() * this.#slowestRoundMicros();
    const answersBefore = this.#answeredOperations();
    const wasAnswered = () => {
      this.#switchOffRemoved();
      return this.#answeredOperations() > answersBefore;
    };
    if (!(yield* this.#runUntil(schedule.now + patience, wasAnswered))) {
      this.#refuse(`nobody was answered within ${RECOVERY_ELECTION_TIMEOUTS} election timeouts of calm`);
      return;
    }
    for (const client of clients) {
      client.stop();
    }
    if (!(yield* this.#runUntil(schedule.now + patience, () => this.#hasConverged()))) {
      this.#refuse('the members did not converge');
      return;
    }
    this.#cluster.checkEnd(this.#members().flatMap((member) => member ?? []));
  }

  #calmDown(): void {
    const { electionTimeoutTicks, diskMicros } = this.#cluster.settings;
    // Raft promises to elect a leader where a broadcast takes much less than an election timeout (Raft §5.6): a vote
    // takes two messages, and a write at either end.
    const longest = Math.floor((electionTimeoutTicks * TICK_MICROS) / BROADCASTS_PER_ELECTION_TIMEOUT);
    this.#cluster.network.calm(longest);
    this.#cluster.workMicrosMax = 0;
    // A write takes two rounds, with forwarding and a little luck; asking more often only makes it worse.
    const patienceTicks = Math.ceil(3 * this.#slowestRoundMicros() / TICK_MICROS);
    for (const client of this.#cluster.clients) {
      client.calmDown(patienceTicks);
    }
    for (const server of this.#cluster.servers) {
      server.disk.isFull = false;
      server.disk.slowness = Math.min(1, longest / diskMicros.max);
      server.clock.factor = 1;
      this.#cluster.resume(server);
      this.#cluster.restart(server);
    }
    this.#cluster.restoreTerms();
  }

  /**
   * Removed servers never learn of their removal, and without pre-vote and check-quorum their elections disturb the
   * others for ever (dissertation §4.2.3). Once all members know of the removal, nobody needs their votes.
   */
  #switchOffRemoved(): void {
    const { newestConfiguration: newest } = this.#cluster;
    const expected = JSON.stringify(newest);
    if (this.#members().every((server) => JSON.stringify(server?.configuration) === expected)) {
      for (const server of this.#cluster.servers) {
        if (this.#cluster.wasRemoved(server.id)) server.crash('lost');
      }
    }
  }

  /** Entries that wait in the longest log: where messages carry one each, each takes a round. */
  #backlog(): number {
    const lastIndexes = [...this.#cluster.servers].map(({ disk }) => disk.storage.lastIndex());
    return Math.max(...lastIndexes) - this.#cluster.appliedIndex;
  }

  /** How long a leader waits, without faults, for the slowest answer to what it sent. */
  #slowestRoundMicros(): Micros {
    const { latencyMicros, diskMicros } = this.#cluster.settings;
    return 2 * (latencyMicros.max + diskMicros.max);
  }

  /** A cluster that has lost a majority of its disks for good need not recover. */
  #refuse(message: string): void {
    const { voters, votersOutgoing } = this.#cluster.newestConfiguration;
    const hasMajority = (ids: readonly NodeId[]) =>
      2 * ids.filter((id) => this.#cluster.server(id)?.life !== 'lost').length > ids.length;
    if (hasMajority(voters) && (votersOutgoing.length === 0 || hasMajority(votersOutgoing))) {
      throw new LivenessViolation(`${message}: ${this.#standings()}`);
    }
  }

  #checkHistories(): void {
    const history = this.#cluster.clients.flatMap((client) => client.endHistory());
    const verdict = checkLinearizability(keyValueModel, history, SEARCH_STEPS_MAX);
    if (verdict.verdict === 'not-linearizable') {
      const { partition, stuckAt, longestPrefix } = verdict;
      throw new SafetyViolation(
        LINEARIZABILITY, [],
        `no order explains ${stuckAt.client}'s ${JSON.stringify(stuckAt.input)} → ${JSON.stringify(stuckAt.output)} ` +
          `on key ${partition} (called at ${stuckAt.calledAt} µs, returned at ${stuckAt.returnedAt} µs, ` +
          `after ${longestPrefix.length} operations that fit)`,
      );
    }
  }

  summary(): Pick<SimulationResult, 'virtualMs' | 'steps' | 'operations' | 'appliedIndex' | 'fingerprint'> {
    let fingerprint = this.#fingerprint;
    for (const { id, machine } of this.#cluster.servers) {
      fingerprint = mixHash(mixHash(fingerprint, id), machine === undefined ? 0 : hashBytes(machine.snapshot()));
    }
    return {
      virtualMs: this.#cluster.schedule.now / 1000,
      steps: this.#steps,
      operations: this.#answeredOperations(),
      appliedIndex: this.#cluster.appliedIndex,
      fingerprint,
    };
  }

  /**
   * Takes steps, each when it is asked to go on. What follows the last one happens with it, at its time.
   * @returns whether `isDone` held before `until`
   */
  *#runUntil(until: Micros, isDone: () => boolean): Generator<undefined, boolean> {
    const { schedule } = this.#cluster;
    for (let steps = 0; (schedule.nextAt ?? Infinity) <= until; steps += 1) {
      yield;
      schedule.runNext(until);
      this.#steps += 1;
      this.#fingerprint = mixHash(this.#fingerprint, schedule.now);
      if (steps % STEPS_BETWEEN_QUESTIONS === 0 && isDone()) {
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

  /** The members of the newest configuration. */
  #members(): readonly (SimulatedNode | undefined)[] {
    const { voters, votersOutgoing, learners } = this.#cluster.newestConfiguration;
    return [...new Set([...voters, ...votersOutgoing, ...learners])].map((id) => this.#cluster.server(id));
  }

  #hasConverged(): boolean {
    const status = this.#cluster.leader()?.status();
    if (status === undefined || status.commitIndex !== status.lastIndex) {
      return false;
    }
    return this.#members().every((server) => server?.life === 'up' && server.lastApplied === status.lastIndex);
  }

  #standings(): string {
    const progress = this.#cluster.leader()?.status()?.progress ?? [];
    return this.#members()
      .map((server) => {
        const status = server?.status();
        const seen = progress.find(({ id }) => id === server?.id);
        return (
          `${server?.id ?? 'nobody'} ${server?.life ?? ''} ${status?.role ?? ''} of term ${status?.term ?? '?'}, ` +
          `log [${status?.firstIndex ?? '?'}, ${status?.lastIndex ?? '?'}], commit ${status?.commitIndex ?? '?'}` +
          (seen === undefined ? '' : `, seen as ${seen.state} match ${seen.matchIndex} next ${seen.nextIndex}`)
        );
      })
      .join('; ');
  }
}
