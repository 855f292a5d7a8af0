/** A lab in the words of the list of labs: its name, what is known of it, and what its deletion takes. */
import type { LabSummary, ListedLab } from '../../contract/answers.ts';
import { LAB_NAME_MAX } from '../../contract/commands.ts';
import { isRaftlabs } from '../../trace/variant.ts';
import { variantWords } from '../../trace/variantWords.ts';

/** As much of an id as tells one lab from another. */
const SHORT_ID = 8;

const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function isReadable(lab: ListedLab): lab is LabSummary {
  return lab.problem === undefined;
}

/** Its name; where its file does not tell one, what it is and the beginning of its id. */
export function nameOf({ labId, name }: ListedLab): string {
  return name ?? `Unreadable lab ${labId.slice(0, SHORT_ID)}`;
}

/** What is known of a lab, in a line; of one that cannot be read, why not. */
export function factsOf(lab: ListedLab): string {
  if (!isReadable(lab)) return lab.problem;
  const { nodeCount, pace, variant, isOpen, openedAtMs, simulation } = lab;
  const kind = simulation === undefined ? [] : [`Simulated, seed ${simulation.seed}`];
  const raft = isRaftlabs(variant) ? [] : [variantWords(variant)];
  const opened = isOpen ? 'open now' : openedAtMs === 0 ? 'not opened yet' : `opened ${dates.format(openedAtMs)}`;
  const nodes = `${nodeCount} ${nodeCount === 1 ? 'node' : 'nodes'}`;
  return [...kind, nodes, `${pace} pace`, ...raft, opened].join(' · ');
}

/** What is lost when a lab is deleted, as a sentence. */
export function lossOf(lab: ListedLab): string {
  if (isReadable(lab) && lab.simulation !== undefined) {
    return 'Its settings and everything that was done in it are deleted for good. Its seed makes the same lab again.';
  }
  const what = !isReadable(lab) ? 'Everything in its folder, with the nodes’ databases, is'
    : lab.nodeCount === 1 ? 'Its database is' : `Its ${lab.nodeCount} databases are`;
  return `${what} deleted from this computer for good.`;
}

/** What a copy is called unless somebody says something else. */
export function copyNameOf(lab: ListedLab): string {
  // By characters: half of one is refused in a name.
  return Array.from(`Copy of ${nameOf(lab)}`).slice(0, LAB_NAME_MAX).join('').trim();
}

/** The lab that was in use last comes first; those that cannot be read are at the end. */
export function inOrder(labs: readonly ListedLab[]): readonly ListedLab[] {
  const usedAtMs = (lab: ListedLab): number => (isReadable(lab) ? Math.max(lab.openedAtMs, lab.createdAtMs) : -1);
  return labs.toSorted((left, right) => usedAtMs(right) - usedAtMs(left));
}
