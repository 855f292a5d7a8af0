/** Which side of a partition has the majority: the words and sets behind its picture. */
import { nodeNumberOfName } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import { allVoters, isQuorum, shareText } from './electorate.ts';
import type { Electorate } from './electorate.ts';

export type GroupWeight = 'majority' | 'minority' | 'no voters';

export interface WeighedGroup {
  readonly names: readonly NodeName[];
  readonly weight: GroupWeight;
  /** How many of the voters are in it: `2 of 5`. */
  readonly share: string;
}

/** Determines for each group whether it could elect a leader and commit. */
export function weighGroups(groups: readonly (readonly NodeName[])[], electorate: Electorate): WeighedGroup[] {
  const voters = allVoters(electorate);
  return groups.map((names) => {
    const share = shareText(names, electorate);
    if (!names.some((name) => voters.includes(name))) return { names, weight: 'no voters', share };
    return { names, weight: isQuorum(names, electorate) ? 'majority' : 'minority', share };
  });
}

/** Names in a row; four and more that follow each other as a range: `n1–n7 n9`. */
export function namesText(names: readonly NodeName[]): string {
  const runs: NodeName[][] = [];
  for (const name of names) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (last !== undefined && nodeNumberOfName(name) === nodeNumberOfName(last) + 1) run?.push(name);
    else runs.push([name]);
  }
  return runs.map((run) => (run.length < 4 ? run.join(' ') : `${run[0]}–${run.at(-1)}`)).join(' ');
}

/** The groups in words: `n1 n2 (minority) | n3 n4 n5 (majority)`. */
export function groupsText(groups: readonly WeighedGroup[]): string {
  return groups.map((group) => `${group.names.join(' ')} (${group.weight})`).join(' | ');
}

/** The picked nodes against the others: the groups of a partition; null while one side is empty. */
export function partitionOf(all: readonly NodeName[], picked: ReadonlySet<NodeName>): NodeName[][] | null {
  const inside = all.filter((name) => picked.has(name));
  const outside = all.filter((name) => !picked.has(name));
  return inside.length === 0 || outside.length === 0 ? null : [inside, outside];
}
