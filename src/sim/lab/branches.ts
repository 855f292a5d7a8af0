/** All branches of a simulated lab: the tree that a person makes by acting in the past. */
import { LabError } from '../../contract/errors.ts';
import { type BranchSummary, BRANCHES_MAX } from '../../contract/time.ts';
import { utf8Length } from '../../kv/text.ts';
import { Branch } from './branch.ts';
import { ACTIONS_MAX, type LabAction } from './labActions.ts';
import type { LabRecord } from './labRecord.ts';
import type { Moment } from './run.ts';

/** lab.json holds twice as much (lab/files/jsonFile.ts). */
const KEPT_BYTES_MAX = 512 * 1024;
/** Beside its own length, an action takes about so much in the file. */
const ACTION_BYTES = 64;

export class Branches {
  readonly #branches = new Map<number, Branch>();
  #made = 0;
  /** How long everything that was done is, as it is kept. */
  #keptBytes = 0;

  /** @param kept without a contradiction (labRecord.ts) */
  constructor(kept: LabRecord['branches']) {
    for (const { branch: id, parent, name, fork, end, actions } of kept) {
      const from = parent === null ? null : this.get(parent);
      const branch = new Branch(id, from, fork, name);
      for (const action of actions) {
        branch.note(action);
        this.#keptBytes += bytesOf(action.action);
      }
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

  /** @throws {LabError} `too-large` when there is no room for another action */
  checkRoomFor(action: LabAction, branch: Branch): void {
    if (this.#keptBytes + bytesOf(action) > KEPT_BYTES_MAX || branch.actionCount >= ACTIONS_MAX) {
      throw new LabError(
        'too-large',
        'this lab keeps everything that is done to it, and is full: delete a branch, write shorter values, or make '
        + 'a new lab',
      );
    }
  }

  /** An action was done. */
  kept(action: LabAction): void {
    this.#keptBytes += bytesOf(action);
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
    if (shown.isIn(doomed)) {
      throw new LabError('refused', 'the branch that is shown cannot be deleted: show another one');
    }
    for (const branch of this.all) {
      if (!branch.isIn(doomed)) continue;
      this.#branches.delete(branch.id);
      for (const { action } of branch.ownActions) this.#keptBytes -= bytesOf(action);
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

function bytesOf(action: LabAction): number {
  return ACTION_BYTES + utf8Length(JSON.stringify(action));
}
