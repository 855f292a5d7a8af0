/** All branches of a simulated lab: the tree that a person makes by acting in the past. */
import { LabError } from '../../contract/errors.ts';
import { type BranchSummary, BRANCHES_MAX } from '../../contract/time.ts';
import { Branch } from './branch.ts';
import type { LabRecord } from './labRecord.ts';
import type { Moment } from './run.ts';

export class Branches {
  readonly #branches = new Map<number, Branch>();
  #made = 0;

  /** @throws {LabError} `corrupt-file` when a branch begins in one that is not there */
  constructor(kept: LabRecord['branches']) {
    for (const { branch: id, parent, name, fork, end, actions } of kept) {
      const from = parent === null ? null : this.#branches.get(parent);
      if (from === undefined || (from === null) !== (this.#branches.size === 0) || this.#branches.has(id)) {
        throw new LabError('corrupt-file', `branch ${id} of this lab begins in one that is not there`);
      }
      const branch = new Branch(id, from, fork, name);
      for (const action of actions) branch.note(action);
      branch.reachedBefore(end);
      this.#branches.set(id, branch);
      this.#made = Math.max(this.#made, id + 1);
    }
  }

  /** @throws {LabError} `invalid-argument` */
  get(id: number): Branch {
    const branch = this.#branches.get(id);
    if (branch === undefined) throw new LabError('invalid-argument', `there is no branch ${id}: it may be deleted`);
    return branch;
  }

  get all(): readonly Branch[] {
    return [...this.#branches.values()];
  }

  /** @throws {LabError} `refused` when there is no room for another */
  checkRoom(): void {
    if (this.#branches.size >= BRANCHES_MAX) {
      throw new LabError('refused', `this lab has ${BRANCHES_MAX} branches: delete some of them first`);
    }
  }

  begin(parent: Branch, fork: Moment, name: string): Branch {
    const branch = new Branch(this.#made, parent, fork, name);
    this.#made += 1;
    this.#branches.set(branch.id, branch);
    return branch;
  }

  /** Deletes a branch with those that began in it. @throws {LabError} `refused` when the shown one is among them */
  delete(id: number, shown: Branch): void {
    const doomed = this.get(id);
    if (doomed.parent === null) throw new LabError('refused', 'the first run cannot be deleted: it is the lab');
    if (shown.isIn(doomed)) throw new LabError('refused', 'the branch that is shown cannot be deleted: show another one');
    for (const branch of this.all) {
      if (branch.isIn(doomed)) this.#branches.delete(branch.id);
    }
  }

  has(branch: Branch): boolean {
    return this.#branches.get(branch.id) === branch;
  }

  summaries(): readonly BranchSummary[] {
    return this.all.map(({ id, parent, name, fork, endStep, endMicros }) => ({
      branch: id, parent: parent?.id ?? null, name, forkStep: fork.step, forkMs: fork.atMicros / 1000,
      endStep, endMs: endMicros / 1000,
    }));
  }

  record(): LabRecord['branches'] {
    return this.all.map(({ id, parent, name, fork, end, ownActions }) => ({
      branch: id, parent: parent?.id ?? null, name, fork, end,
      actions: ownActions.map(({ step, atMicros, action }) => ({ step, atMicros, action })),
    }));
  }
}
