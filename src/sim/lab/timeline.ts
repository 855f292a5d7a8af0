/** A simulated lab with its time: it runs and is held, steps, goes back, and branches. */
import type { CommandAnswer, CommandInput } from '../../contract/commands.ts';
import type { TimeCommandName, TimeStatus } from '../../contract/time.ts';
import { LabError } from '../../contract/errors.ts';
import { isReadCommand } from '../../kv/index.ts';
import type { ClusterView } from '../../trace/view.ts';
import { secondsText } from '../../trace/timeWords.ts';
import { wordsFor } from '../../trace/words.ts';
import type { Micros } from '../schedule.ts';
import { actionWords } from './actionWords.ts';
import type { Branch } from './branch.ts';
import { Branches } from './branches.ts';
import { compareRuns } from './comparison.ts';
import { type Goal, goalAfter, goalOfCondition, goalOfSteps } from './goals.ts';
import { isLabActionName, type LabAction, type LabActionName } from './labActions.ts';
import type { LabRecord } from './labRecord.ts';
import { type Moment, Run } from './run.ts';
import { SimulatedLab } from './simulatedLab.ts';
import { Standbys } from './standbys.ts';
import { KIND_BITS } from '../../history/stepKinds.ts';
import type { TimelineOptions } from './timelineOptions.ts';
import { Walker } from './walker.ts';

/** The commands that an open simulated lab answers. */
export type TimelineCommandName =
  | LabActionName | TimeCommandName | 'lab:attach' | 'events:page' | 'node:kv' | 'node:disk' | 'node:sessions';

/** Work that is done piece by piece, so that whoever hosts the lab stays awake. */
interface Job {
  readonly pieces: Generator<undefined, void>;
  /** Another job takes its place. */
  readonly supersede: () => void;
}

/** How many pieces are done between two looks at the clock. */
const PIECES_AT_ONCE = 32;
/** A way of more steps than this is not told event by event. */
const STEPS_TOLD_MAX = 2000;
/** How often a running lab tells its time. */
const TOLD_EVERY_MS = 100;

export class Timeline {
  readonly #kept: LabRecord;
  readonly #options: TimelineOptions;
  readonly #branches: Branches;
  readonly #standbys: Standbys;
  #name: string;
  #shown: Walker;
  #job: Job | undefined;
  #isRunning = false;
  #isMuted = false;
  #speed: number;
  /** Until when a running lab should have come. */
  #dueMicros: Micros = 0;
  #heldBecause: string | null = null;
  #toldAtMs = -Infinity;
  /** Whoever waits for an answer of the run that is shown. */
  readonly #waiting = new Map<(error: LabError) => void, LabAction>();

  constructor(kept: LabRecord, options: TimelineOptions) {
    this.#kept = kept;
    this.#options = options;
    this.#name = kept.name;
    this.#speed = kept.speed;
    this.#branches = new Branches(kept.branches);
    this.#standbys = new Standbys((branch) => new Walker(this.#newRun(), branch));
    const branch = this.#branches.get(kept.shown.branch);
    this.#shown = new Walker(this.#newRun(), branch);
    this.#listen();
    options.listener.onEvents(this.#shown.run.lastEvents);
    if (branch.endStep > 0) {
      this.#start(this.#again(branch, kept.shown)).catch((error: unknown) => this.#stayHere(error));
    }
  }

  // ---- For whoever hosts it -----------------------------------------------------------------------------------------

  /** Real time has passed. */
  passTime(elapsedMs: number): void {
    if (this.#isRunning && this.#job === undefined) {
      this.#dueMicros += Math.round(1000 * elapsedMs * this.#speed);
    }
  }

  /**
   * Does what is to be done, for about so long.
   * @returns `busy`: more is to be done at once; `running`: when real time has passed; `preparing`: more could be done,
   * for which nobody waits
   */
  work(budgetMs: number): 'busy' | 'running' | 'preparing' | 'idle' {
    const endMs = this.#options.wallMs() + budgetMs;
    const isLate = (): boolean => this.#options.wallMs() >= endMs;
    if (this.#job !== undefined) {
      this.#workAt(this.#job, isLate);
      return 'busy';
    }
    try {
      if (this.#isRunning) this.#run(isLate);
    } catch (error) {
      this.#stayHere(error);
    }
    const isPreparing = !isLate() && this.#standbys.prepare(this.#shown, isLate);
    if (this.#isRunning) return 'running';
    return isPreparing ? 'preparing' : 'idle';
  }

  /** Whether real time matters to it at the moment. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  get name(): string {
    return this.#name;
  }

  /** The cluster as it is shown; it must not be changed. */
  get view(): ClusterView {
    return this.#shown.run.lab.trace.view;
  }

  /** What may change while the lab runs, as it is at the moment that is shown. */
  get present(): Pick<LabRecord, 'nodeCount' | 'pace' | 'variant'> {
    return this.#shown.run.lab.present;
  }

  /** What to keep of it. */
  record(): LabRecord {
    const { step, atMicros } = this.#shown.run;
    return {
      ...this.#kept,
      name: this.#name,
      speed: this.#speed,
      branches: this.#branches.record(),
      shown: { branch: this.#shown.branch.id, step, atMicros },
    };
  }

  rename(name: string): void {
    this.#name = name;
    this.#shown.run.lab.trace.record({ type: 'labRenamed', name });
  }

  /** Whoever waits for an answer learns that none will come. */
  close(): void {
    this.#supersede();
    this.#giveUpWaiting('the lab was closed before it was answered');
  }

  // ---- Commands -----------------------------------------------------------------------------------------------------

  /** @param input parsed by the command's schema @throws {LabError} */
  async execute<Name extends TimelineCommandName>(name: Name, input: CommandInput<Name>): Promise<CommandAnswer<Name>> {
    if (isLabActionName(name)) {
      // The name and the input belong together, which the compiler cannot follow through the union.
      const answer = await this.#act({ name, input } as LabAction);
      return (name.startsWith('next:') ? this.status() : answer) as CommandAnswer<Name>;
    }
    return this.#look(name, input as CommandInput<LookingCommandName>) as CommandAnswer<Name>;
  }

  #look<Name extends LookingCommandName>(name: Name, input: CommandInput<Name>) {
    const command: Table[Name] = this.#commands[name];
    return command(input);
  }

  readonly #commands: Table = {
    'lab:attach': () => ({ ...this.#shown.run.lab.attach(), time: this.status() }),
    'events:page': ({ beforeSeq, count }) => this.#shown.run.lab.trace.page(beforeSeq, count),
    'node:kv': (input) => this.#shown.run.lab.kvPage(input),
    'node:disk': (input) => this.#shown.run.lab.disk(input),
    'node:sessions': (input) => this.#shown.run.lab.sessions(input),
    'time:status': () => this.status(),
    'time:run': () => this.#setRunning(true),
    'time:hold': () => this.#setRunning(false),
    'time:setSpeed': ({ speed }) => {
      this.#speed = speed;
      this.#options.listener.onChanged();
      return this.#tell();
    },
    'time:runFor': ({ forMs }) => this.#goOn(goalAfter(this.#shown.run.atMicros + Math.round(1000 * forMs))),
    'time:step': ({ unit, count = 1 }) => this.#goOn(goalOfSteps(unit, count, this.#shown.run.atMicros)),
    'time:until': ({ condition, withinMs }) => this.#until(condition, withinMs),
    'time:back': ({ unit, count = 1 }) => this.#goTo(this.#shown.branch, this.#before(KIND_BITS[unit], count)),
    'time:seek': ({ step, atMs = 0 }) => {
      const { branch } = this.#shown;
      return this.#goTo(branch, step === undefined ? branch.momentAt(Math.round(1000 * atMs)) : branch.after(step));
    },
    'time:tape': () => this.#shown.branch.tape(),
    'branch:select': ({ branch: id, step }) => {
      const branch = this.#branches.get(id);
      return this.#goTo(branch, step === undefined ? branch.end : branch.after(step));
    },
    'branch:rename': ({ branch, name }) => {
      this.#branches.get(branch).name = name;
      this.#options.listener.onChanged();
      return this.#tell();
    },
    'branch:delete': ({ branch }) => {
      this.#branches.delete(branch, this.#shown.branch);
      this.#standbys.retain((kept) => this.#branches.has(kept));
      this.#options.listener.onChanged();
      return this.#tell();
    },
    'branch:compare': ({ branch, other }) => this.#compare(this.#branches.get(branch), this.#branches.get(other)),
  };

  /** The time as it is. */
  status(): TimeStatus {
    const { run, branch } = this.#shown;
    const isHeld = !this.#isRunning && this.#job === undefined;
    const next = isHeld ? run.lab.nextEvents() : { next: [], nextBeyond: 0 };
    return {
      simulation: this.#kept.simulation,
      state: this.#job !== undefined ? 'seeking' : this.#isRunning ? 'running' : 'held',
      speed: this.#speed,
      step: run.step,
      atMs: run.atMicros / 1000,
      branch: branch.id,
      branches: this.#branches.summaries(),
      heldBecause: this.#heldBecause,
      lastStep: run.lastStep(),
      ...next,
    };
  }

  // ---- Acting -------------------------------------------------------------------------------------------------------

  /** @throws {LabError} when it cannot be done: then nothing has changed */
  async #act(action: LabAction): Promise<unknown> {
    if (this.#job !== undefined) {
      throw new LabError('busy', 'the lab is on its way to another moment: wait until it is there, or hold it');
    }
    if (!this.#shown.isAtEnd) this.#branches.checkRoom();
    this.#branches.checkRoomFor(action, this.#shown.branch);
    return new Promise((resolve, reject) => {
      this.#waiting.set(reject, action);
      this.#shown.act(action, (outcome) => {
        this.#waiting.delete(reject);
        if (outcome instanceof LabError) reject(outcome);
        else resolve(outcome);
      }, (fork) => this.#branches.begin(
        this.#shown.branch, fork, `${actionWords(action)} at ${secondsText(fork.atMicros / 1000)}`,
      ));
      this.#branches.kept(action);
      this.#dueMicros = Math.max(this.#dueMicros, this.#shown.run.atMicros);
      this.#options.listener.onChanged();
      this.#stopAtFinding();
      if (!this.#isRunning) this.#tell();
    });
  }

  #giveUpWaiting(message: string): void {
    for (const [reject, action] of this.#waiting) {
      // Only a write may have taken effect in what is no longer shown.
      const isWrite = action.name === 'kv:execute' && !isReadCommand(action.input.command);
      reject(new LabError(isWrite ? 'unknown-outcome' : 'refused', message));
    }
    this.#waiting.clear();
  }

  // ---- Running ------------------------------------------------------------------------------------------------------

  #setRunning(isRunning: boolean): TimeStatus {
    this.#supersede();
    this.#unmute();
    this.#isRunning = isRunning;
    this.#heldBecause = null;
    this.#dueMicros = this.#shown.run.atMicros;
    if (!isRunning) this.#options.listener.onChanged();
    return this.#tell();
  }

  #supersede(): void {
    const job = this.#job;
    this.#job = undefined;
    this.#isRunning = false;
    job?.supersede();
  }

  #run(isLate: () => boolean): void {
    const shown = this.#shown;
    for (let steps = 1; shown.takeStep(this.#dueMicros); steps += 1) {
      if (this.#stopAtFinding()) return;
      if (steps % PIECES_AT_ONCE === 0 && isLate()) {
        this.#dueMicros = shown.run.atMicros; // as fast as the machine can
        break;
      }
    }
    shown.advanceTo(this.#dueMicros);
    this.#tellNowAndThen();
  }

  /** A finding holds time at the moment at which it shows. */
  #stopAtFinding(): boolean {
    const { kinds, lastEvents } = this.#shown.run;
    if ((kinds & KIND_BITS.finding) === 0) return false;
    const finding = lastEvents.find(({ type }) => type === 'safetyViolated');
    this.#isRunning = false;
    this.#heldBecause = finding === undefined ? null : wordsFor(finding).sentence;
    this.#options.listener.onChanged();
    this.#tell();
    return true;
  }

  // ---- Going on and back --------------------------------------------------------------------------------------------

  #until(text: string, withinMs: number | undefined): Promise<TimeStatus> {
    const within = withinMs === undefined ? undefined : Math.round(1000 * withinMs);
    return this.#goOn(goalOfCondition(text, this.#shown.run, within));
  }

  /** Goes on until a goal is reached, and holds. */
  #goOn(goal: Goal): Promise<TimeStatus> {
    return this.#start(this.#towards(goal));
  }

  *#towards(goal: Goal): Generator<undefined, void> {
    const shown = this.#shown;
    this.#heldBecause = goal.reachedAtOnce;
    const fromStep = shown.run.step;
    while (this.#heldBecause === null && shown.takeStep(goal.untilMicros)) {
      if (shown.run.step - fromStep === STEPS_TOLD_MAX) this.#isMuted = this.#options.tellsEveryEvent !== true;
      if (this.#stopAtFinding()) return;
      const reached = goal.reachedBy(shown.run);
      if (reached !== undefined) {
        this.#heldBecause = reached;
        return;
      }
      yield;
    }
    if (this.#heldBecause === null) {
      shown.advanceTo(Math.max(shown.run.atMicros, Number.isFinite(goal.untilMicros) ? goal.untilMicros : 0));
      this.#heldBecause = goal.missed;
    }
  }

  /** Shows another moment: the run is executed again to it. */
  #goTo(branch: Branch, moment: Moment): Promise<TimeStatus> {
    return this.#start(this.#to(branch, moment));
  }

  /** Runs a branch that was kept, so that its steps are known, and shows what was shown last. */
  *#again(branch: Branch, shown: Moment): Generator<undefined, void> {
    yield* this.#to(branch, branch.end);
    yield* this.#to(branch, shown);
  }

  /** A kept branch leads no further: time is held, and says why. @throws what is no LabError */
  #stayHere(error: unknown): void {
    if (!(error instanceof LabError)) throw error;
    this.#isRunning = false;
    this.#heldBecause = error.message;
    this.#tell();
  }

  *#to(branch: Branch, moment: Moment): Generator<undefined, void> {
    this.#heldBecause = null;
    const former = this.#shown;
    const walker = this.#standbys.take(branch, moment, former);
    const isFar = walker !== former || moment.step - former.run.step > STEPS_TOLD_MAX;
    if (isFar) this.#isMuted = true;
    if (walker !== former) {
      this.#giveUpWaiting('time was taken to another moment before it was answered');
      former.run.onEvents = () => undefined;
      this.#shown = walker;
      this.#listen();
    }
    while (walker.approach(moment)) yield;
  }

  /** The moment before the present one, counted in steps of a kind. */
  #before(kinds: number, count: number): Moment {
    const { run, branch } = this.#shown;
    // Where time has passed since the last step, that step itself is the one before.
    let step = run.atMicros > branch.timeOf(run.step) ? run.step + 1 : run.step;
    let moment: Moment = { step: 0, atMicros: 0 };
    for (let left = count; left > 0 && step > 0; left -= 1) {
      moment = branch.lastBefore(step, kinds);
      step = moment.step;
    }
    return moment;
  }

  #compare(mine: Branch, theirs: Branch): Promise<BranchComparisonAnswer> {
    const common = mine.commonWith(theirs);
    const parting: Moment = Number.isFinite(common.step) ? common : mine.end;
    const walkers = [mine, theirs].map((branch) => new Walker(this.#newRun(), branch)) as [Walker, Walker];
    let comparison: BranchComparisonAnswer = { first: null, second: null, commonEvents: 0 };
    const pieces = function* pieces(): Generator<undefined, void> {
      for (const walker of walkers) {
        while (walker.approach(parting)) yield;
      }
      comparison = yield* compareRuns(...walkers);
    };
    return this.#start(pieces()).then(() => comparison);
  }

  // ---- Work ---------------------------------------------------------------------------------------------------------

  /** Begins work that holds time; what was under way is superseded. */
  #start(pieces: Generator<undefined, void>): Promise<TimeStatus> {
    this.#supersede();
    return new Promise((resolve, reject) => {
      this.#job = {
        pieces: this.#thenTell(pieces, resolve, reject),
        supersede: () => resolve(this.status()),
      };
      this.#tell();
    });
  }

  *#thenTell(
    pieces: Generator<undefined, void>, resolve: (status: TimeStatus) => void, reject: (error: unknown) => void,
  ): Generator<undefined, void> {
    try {
      yield* pieces;
    } catch (error) {
      this.#endJob();
      reject(error);
      return;
    }
    resolve(this.#endJob());
  }

  #endJob(): TimeStatus {
    this.#job = undefined;
    this.#dueMicros = this.#shown.run.atMicros;
    this.#unmute();
    this.#options.listener.onChanged();
    return this.#tell();
  }

  #workAt(job: Job, isLate: () => boolean): void {
    do {
      for (let pieces = 0; pieces < PIECES_AT_ONCE; pieces += 1) {
        if (job.pieces.next().done === true) return;
      }
    } while (!isLate());
    this.#tellNowAndThen();
  }

  #unmute(): void {
    if (!this.#isMuted) return;
    this.#isMuted = false;
    this.#options.listener.onMoved();
  }

  #listen(): void {
    this.#shown.run.onEvents = (events) => {
      if (!this.#isMuted) this.#options.listener.onEvents(events);
    };
  }

  #newRun(): Run {
    const { labId, nodeCount, pace, variant, leaseReads, simulation, seedRun } = this.#kept;
    const { beginning, openSeed } = this.#options;
    const name = this.#name;
    if (seedRun === undefined) {
      return new Run((listener) => new SimulatedLab(
        { labId, name, nodeCount, pace, variant, leaseReads, simulation, beginning }, listener,
      ));
    }
    if (openSeed === undefined) throw new LabError('refused', 'the run of a seed cannot be shown here: start the app');
    const { seed } = simulation;
    const { rulesOff } = seedRun;
    return new Run((listener) => openSeed(
      { labId, name, seed, rulesOff, present: { nodeCount, pace, variant } }, listener,
    ));
  }

  #tell(): TimeStatus {
    const status = this.status();
    this.#toldAtMs = this.#options.wallMs();
    this.#options.listener.onTime(status);
    return status;
  }

  #tellNowAndThen(): void {
    if (this.#options.wallMs() - this.#toldAtMs >= TOLD_EVERY_MS) this.#tell();
  }
}

type BranchComparisonAnswer = CommandAnswer<'branch:compare'>;

/** The commands that do nothing to the lab itself. */
type LookingCommandName = Exclude<TimelineCommandName, LabActionName>;

type Table = {
  readonly [Name in LookingCommandName]:
  (input: CommandInput<Name>) => CommandAnswer<Name> | Promise<CommandAnswer<Name>>
};
