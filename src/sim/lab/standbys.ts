/**
 * Runs that wait in the past, so that going back does not begin at the beginning: a run cannot be copied or undone, but
 * another one can be taken to any moment before.
 */
import type { Branch } from './branch.ts';
import type { Moment } from './run.ts';
import type { Walker } from './walker.ts';

/** How many steps behind the present moment runs should wait. */
const DISTANCES = [500, 1500, 4000, 12_000, 36_000, 108_000] as const;
/** One more than that: what was shown before going back is kept. */
const RUNS_MAX = DISTANCES.length + 1;
/** How many steps are taken between two looks at the clock. */
const STEPS_AT_ONCE = 64;

export class Standbys {
  readonly #newWalker: (branch: Branch) => Walker;
  #walkers: Walker[] = [];

  /** @param newWalker a run at the beginning of the lab */
  constructor(newWalker: (branch: Branch) => Walker) {
    this.#newWalker = newWalker;
  }

  /** The run from which a moment is reached soonest: one that waits here, `shown`, or a new one. */
  take(branch: Branch, moment: Moment, shown: Walker | null): Walker {
    const able = [...this.#walkers, ...(shown === null ? [] : [shown])]
      .filter((walker) => walker.canReach(branch, moment))
      .sort((a, b) => b.run.step - a.run.step);
    const best = able[0] ?? this.#newWalker(branch);
    if (shown !== null && best !== shown) this.#walkers.push(shown);
    this.#walkers = this.#walkers.filter((walker) => walker !== best);
    best.follow(branch);
    return best;
  }

  /** Forgets runs on branches that are gone. */
  retain(isKept: (branch: Branch) => boolean): void {
    this.#walkers = this.#walkers.filter(({ branch }) => isKept(branch));
  }

  /**
   * Takes runs towards where they should wait.
   * @returns whether there is more to do
   */
  prepare(shown: Walker, isLate: () => boolean): boolean {
    const { branch } = shown;
    const spare = new Set(this.#walkers);
    for (const distance of DISTANCES) {
      const target = shown.run.step - distance;
      if (target < distance) break; // from the beginning it is hardly further
      const walker = this.#nearest(spare, branch, target, distance);
      spare.delete(walker);
      if (walker.run.step < target - distance && !this.#bring(walker, branch, target, isLate)) return true;
    }
    this.#dismiss(spare);
    return false;
  }

  #nearest(spare: ReadonlySet<Walker>, branch: Branch, target: number, distance: number): Walker {
    const moment: Moment = { step: target + Math.floor(distance / 2), atMicros: Infinity };
    const able = [...spare].filter((walker) => walker.canReach(branch, moment))
      .sort((a, b) => b.run.step - a.run.step);
    const nearest = able[0] ?? this.#newWalker(branch);
    nearest.follow(branch);
    if (!this.#walkers.includes(nearest)) this.#walkers.push(nearest);
    return nearest;
  }

  /** @returns whether it is there */
  #bring(walker: Walker, branch: Branch, target: number, isLate: () => boolean): boolean {
    const moment: Moment = { step: target, atMicros: branch.timeOf(target) };
    while (!isLate()) {
      for (let steps = 0; steps < STEPS_AT_ONCE; steps += 1) {
        if (!walker.approach(moment)) return true;
      }
    }
    return false;
  }

  /** The oldest of those that nobody needs go, until few enough are left. */
  #dismiss(spare: ReadonlySet<Walker>): void {
    const excess = this.#walkers.length - RUNS_MAX;
    const dismissed = new Set([...spare].sort((a, b) => a.run.step - b.run.step).slice(0, Math.max(0, excess)));
    this.#walkers = this.#walkers.filter((walker) => !dismissed.has(walker));
  }
}
