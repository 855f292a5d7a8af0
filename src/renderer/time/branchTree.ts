/** The branches of a simulated lab in the order of a tree: each after the one in whose past it began. */
import type { BranchSummary } from '../../contract/time.ts';

export interface BranchRow {
  readonly branch: BranchSummary;
  /** How many branches it stands below. */
  readonly depth: number;
}

/** Every branch once; those that left their parent earlier come first. */
export function branchRows(branches: readonly BranchSummary[]): readonly BranchRow[] {
  const below = (parent: number | null, depth: number): BranchRow[] => branches
    .filter((branch) => branch.parent === parent)
    .toSorted((left, right) => left.forkStep - right.forkStep || left.branch - right.branch)
    .flatMap((branch) => [{ branch, depth }, ...below(branch.branch, depth + 1)]);
  return below(null, 0);
}
