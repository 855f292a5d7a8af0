/** The branches of a simulated lab's time: what was done in each, and what each step was as far as it was run. */
import type { TapeEvent } from '../../contract/time.ts';
import type { Micros } from '../schedule.ts';
import type { LabAction } from './labActions.ts';
import type { Moment, Run } from './run.ts';
import type { StepKinds } from '../../history/stepKinds.ts';

/** Something that was done: as the step after `step` others, at a time. */
export interface DoneAction extends Moment {
  readonly action: LabAction;
}

/** How many events of a branch a tape draws; the oldest are forgotten first. */
const TAPE_EVENTS_MAX = 10_000;
const FIRST_CAPACITY = 1024;

/** Steps that were taken, as numbers: what each was, and when. */
class StepRecord {
  #kinds = new Uint8Array(FIRST_CAPACITY);
  #times = new Float64Array(FIRST_CAPACITY);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  push(kinds: StepKinds, at: Micros): void {
    if (this.#count === this.#kinds.length) this.#grow();
    this.#kinds[this.#count] = kinds;
    this.#times[this.#count] = at;
    this.#count += 1;
  }

  kindsAt(position: number): StepKinds {
    return this.#kinds[position] ?? 0;
  }

  timeAt(position: number): Micros {
    return this.#times[position] ?? 0;
  }

  #grow(): void {
    const kinds = new Uint8Array(2 * this.#count);
    kinds.set(this.#kinds);
    const times = new Float64Array(2 * this.#count);
    times.set(this.#times);
    this.#kinds = kinds;
    this.#times = times;
  }
}

export class Branch {
  readonly id: number;
  readonly parent: Branch | null;
  /** Where it left its parent. */
  readonly fork: Moment;
  name: string;
  readonly #own: DoneAction[] = [];
  readonly #inherited: readonly DoneAction[];
  readonly #record = new StepRecord();
  #tape: TapeEvent[] = [];
  #keptEndStep: number;
  /** Time may have gone on beyond the last step. */
  #endMicros: Micros;

  constructor(id: number, parent: Branch | null, fork: Moment, name: string) {
    this.id = id;
    this.parent = parent;
    this.fork = { step: fork.step, atMicros: fork.atMicros };
    this.name = name;
    this.#inherited = parent === null ? [] : parent.actions.filter(({ step }) => step < fork.step);
    this.#keptEndStep = fork.step;
    this.#endMicros = fork.atMicros;
  }

  /** Everything that was done from the beginning, that in its parents included, in order. */
  get actions(): readonly DoneAction[] {
    return [...this.#inherited, ...this.#own];
  }

  /** What was done in this branch itself. */
  get ownActions(): readonly DoneAction[] {
    return this.#own;
  }

  get actionCount(): number {
    return this.#inherited.length + this.#own.length;
  }

  actionAt(position: number): DoneAction | undefined {
    return this.#inherited[position] ?? this.#own[position - this.#inherited.length];
  }

  /** How many actions come before a step. */
  actionsBefore(step: number): number {
    let [low, high] = [0, this.actionCount];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.actionAt(middle)?.step ?? Infinity) < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  get endStep(): number {
    return Math.max(this.#keptEndStep, this.fork.step + this.#record.count);
  }

  get endMicros(): Micros {
    return this.#endMicros;
  }

  get end(): Moment {
    return { step: this.endStep, atMicros: this.#endMicros };
  }

  note(action: DoneAction): void {
    this.#own.push(action);
  }

  /** A run has taken a step in this branch: a new one is recorded, an earlier one must have been the same. */
  see(run: Run): void {
    if (run.step <= this.fork.step && this.parent !== null) {
      this.parent.see(run);
      return;
    }
    const position = run.step - 1 - this.fork.step;
    if (position < this.#record.count) {
      this.#check(run, position);
      return;
    }
    this.#record.push(run.kinds, run.atMicros);
    this.#tape.push(...run.tapeEvents());
    if (this.#tape.length > TAPE_EVENTS_MAX) this.#tape = this.#tape.slice(-TAPE_EVENTS_MAX / 2);
    this.extendTo(run.atMicros);
  }

  /** What was shown before must be shown again: otherwise going back would show what never was. */
  #check(run: Run, position: number): void {
    const [kinds, at] = [this.#record.kindsAt(position), this.#record.timeAt(position)];
    if (kinds !== run.kinds || at !== run.atMicros) {
      throw new Error(
        `the run differs from what it was: step ${run.step} was of kinds ${kinds} at ${at} µs, and is of ${run.kinds} `
        + `at ${run.atMicros} µs`,
      );
    }
  }

  extendTo(at: Micros): void {
    this.#endMicros = Math.max(this.#endMicros, at);
  }

  /** It was run so far when it was kept; what its steps were is known once they are taken again. */
  reachedBefore({ step, atMicros }: Moment): void {
    this.#keptEndStep = step;
    this.extendTo(atMicros);
  }

  kindsOf(step: number): StepKinds {
    if (step <= this.fork.step) return this.parent?.kindsOf(step) ?? 0;
    return this.#record.kindsAt(step - 1 - this.fork.step);
  }

  /** When a step was taken. */
  timeOf(step: number): Micros {
    if (step === 0) return 0;
    if (step <= this.fork.step) return this.parent?.timeOf(step) ?? 0;
    return this.#record.timeAt(step - 1 - this.fork.step);
  }

  /** The moment after so many steps, or after all that were taken. */
  after(steps: number): Moment {
    const step = Math.min(steps, this.endStep);
    return { step, atMicros: this.timeOf(step) };
  }

  /** The moment after the last step of one of these kinds that comes before; the beginning when there is none. */
  lastBefore(step: number, kinds: StepKinds): Moment {
    for (let earlier = step - 1; earlier > 0; earlier -= 1) {
      if ((this.kindsOf(earlier) & kinds) !== 0) return { step: earlier, atMicros: this.timeOf(earlier) };
    }
    return { step: 0, atMicros: 0 };
  }

  /** The moment at a time: all steps until then have been taken. */
  momentAt(atMicros: Micros): Moment {
    let [low, high] = [0, this.endStep];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.timeOf(middle) <= atMicros) low = middle;
      else high = middle - 1;
    }
    return { step: low, atMicros: Math.min(atMicros, this.#endMicros) };
  }

  /** What a tape draws, that of its parents before the fork included. */
  tape(): readonly TapeEvent[] {
    const before = this.parent?.tape().filter(({ step }) => step <= this.fork.step) ?? [];
    return [...before, ...this.#tape];
  }

  /** Whether another branch is this one, or began somewhere in it. */
  isIn(other: Branch): boolean {
    return this === other || (this.parent?.isIn(other) ?? false);
  }

  /** Up to where two branches are the same. */
  commonWith(other: Branch): Moment {
    const ancestor = this.ancestors().find((candidate) => other.wayFrom(candidate) !== undefined);
    const [mine, theirs] = ancestor === undefined ? [] : [this.wayFrom(ancestor), other.wayFrom(ancestor)];
    return mine === undefined || theirs === undefined ? { step: 0, atMicros: 0 } : earlier(mine, theirs);
  }

  /** Itself, its parent, and so on. */
  ancestors(): readonly Branch[] {
    return [this, ...this.parent?.ancestors() ?? []];
  }

  /** Where the way from an ancestor to this branch leaves that ancestor; undefined when it is none. */
  wayFrom(ancestor: Branch): Moment | undefined {
    if (this === ancestor) return { step: Infinity, atMicros: Infinity };
    if (this.parent === null) return undefined;
    return this.parent === ancestor ? this.fork : this.parent.wayFrom(ancestor);
  }
}

function earlier(a: Moment, b: Moment): Moment {
  return a.step < b.step || (a.step === b.step && a.atMicros < b.atMicros) ? a : b;
}
