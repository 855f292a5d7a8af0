/** A run on its way along a branch: it does again what was done there, and goes on beyond. */
import { LabError } from '../../contract/errors.ts';
import { invariant } from '../../raft/assert.ts';
import { secondsText } from '../../trace/timeWords.ts';
import type { Micros } from '../schedule.ts';
import type { Branch } from './branch.ts';
import type { ActionReply, LabAction } from './labActions.ts';
import { STEPS_MAX } from './labRecord.ts';
import type { Moment, Run } from './run.ts';

export class Walker {
  readonly run: Run;
  #branch: Branch;
  /** How many of the branch's actions have been done. */
  #done: number;

  constructor(run: Run, branch: Branch) {
    this.run = run;
    this.#branch = branch;
    this.#done = branch.actionsBefore(run.step);
  }

  get branch(): Branch {
    return this.#branch;
  }

  /** Whether everything that is known of its branch has happened. */
  get isAtEnd(): boolean {
    return this.run.step >= this.#branch.endStep && this.run.atMicros >= this.#branch.endMicros;
  }

  /** Whether it can come to a moment of a branch by going on. */
  canReach(branch: Branch, moment: Moment): boolean {
    return !isAfter(this.run, moment) && !isAfter(this.run, this.#branch.commonWith(branch));
  }

  /** Follows another branch from here. It must be the same up to here. */
  follow(branch: Branch): void {
    if (branch !== this.#branch) {
      this.#branch = branch;
      this.#done = branch.actionsBefore(this.run.step);
    }
  }

  /**
   * Takes the next step that comes by then: an action of the branch, or what is due.
   * @returns whether there was one
   * @throws {LabError} `corrupt-file` when an action cannot be done again
   */
  takeStep(until: Micros): boolean {
    const action = this.#branch.actionAt(this.#done);
    if (action?.step === this.run.step) {
      if (action.atMicros > until) return false;
      this.#again(action.atMicros, () => {
        this.run.advanceTo(action.atMicros);
        this.run.act(action.action, () => undefined);
      });
      this.#done += 1;
    } else if (!this.run.takeStep(until)) {
      return false;
    }
    this.#see();
    return true;
  }

  /** Takes the next step if it comes before a moment, or lets time pass. @returns whether it is not there yet */
  approach({ step, atMicros }: Moment): boolean {
    if (this.run.step < step) {
      const went = this.takeStep(Infinity);
      invariant(went, () => `step ${step} cannot be reached: nothing is due after step ${this.run.step}`);
      return true;
    }
    if (this.run.atMicros < atMicros) this.#again(atMicros, () => this.advanceTo(atMicros));
    return false;
  }

  /** Where a run does not follow its branch, what was kept of the lab is not what happened in it. */
  #again(atMicros: Micros, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof LabError) && !(error instanceof RangeError)) throw error;
      throw new LabError(
        'corrupt-file',
        `what was done here until ${secondsText(atMicros / 1000)} cannot be done again (${error.message}): the file `
        + 'lab.json was changed, or another version of Raftlab made it. Whatever you do here begins a new branch',
      );
    }
  }

  /** Nothing happens until then. */
  advanceTo(at: Micros): void {
    this.run.advanceTo(at);
    this.#branch.extendTo(at);
  }

  /**
   * Does something at the end of its branch, as a step of it.
   * @param begin makes another branch first where this one goes on
   * @throws {LabError} when it cannot be done: then nothing has changed
   */
  act(action: LabAction, reply: ActionReply, begin: (fork: Moment) => Branch): void {
    const { step, atMicros } = this.run;
    const isAtEnd = this.isAtEnd;
    this.run.act(action, reply);
    if (!isAtEnd) this.#branch = begin({ step, atMicros });
    this.#branch.note({ step, atMicros, action });
    this.#done = this.#branch.actionCount;
    this.#see();
  }

  #see(): void {
    this.#branch.see(this.run);
    invariant(this.run.step <= STEPS_MAX, () => `a run of more than ${STEPS_MAX} steps`);
  }
}

export function isAfter(a: Moment, b: Moment): boolean {
  return a.step > b.step || (a.step === b.step && a.atMicros > b.atMicros);
}
