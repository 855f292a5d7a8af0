/** The answer to `status`: the nodes as a table of text. */
import type { AnswerWords } from '../../contract/console.ts';
import { describeFaults } from '../../trace/labWords.ts';
import { logRangeOf, rangeWords } from '../../trace/logRange.ts';
import { nodeNameOf, nodeNumberOfName } from '../../trace/names.ts';
import { networkFaults } from '../../trace/network.ts';
import { isKnown, roleWord } from '../../trace/roleWords.ts';
import { isRaftlabs } from '../../trace/variant.ts';
import { variantWords } from '../../trace/variantWords.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';

const HEAD = ['node', 'state', 'term', 'leader', 'log', 'commit', 'applied'] as const;

/** The nodes, then the faults of the network. */
export function statusWords(view: ClusterView): AnswerWords {
  const nodes = Object.values(view.nodes).sort((a, b) => nodeNumberOfName(a.name) - nodeNumberOfName(b.name));
  const rows = [HEAD, ...nodes.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
  return { tone: 'ok', text: [...raftLines(view), ...lines, ...networkLines(view)].join('\n'), detail: '' };
}

/** Which Raft the lab runs, where it is not Raftlab's. */
function raftLines({ variant, rulesOff }: ClusterView): string[] {
  const unsafe = rulesOff.length === 0 ? '' : 'not safe: ';
  return isRaftlabs(variant) && rulesOff.length === 0 ? [] : [`${unsafe}the lab runs ${variantWords(variant)}`];
}

function cellsOf(node: NodeView): readonly string[] {
  const isRunning = node.life === 'running' || node.life === 'paused';
  const role = roleWord(node);
  const known = (value: number | string): string => (isKnown(node) ? String(value) : '-');
  const state = node.life === 'paused' ? `paused (${role})` : node.life === 'running' ? role : node.life;
  return [
    node.name, state, known(node.term), !isRunning || node.leader === 0 ? '-' : nodeNameOf(node.leader),
    known(rangeWords(logRangeOf(node))), known(node.commitIndex), known(node.lastApplied),
  ];
}

function networkLines(view: ClusterView): readonly string[] {
  const lines = [`pace ${view.pace}`];
  const { partition, links } = networkFaults(view);
  if (partition !== null) lines.push(`partition ${partition.map((group) => group.join(' ')).join(' | ')}`);
  for (const { from, to, faults } of links) lines.push(`link ${from} → ${to}: ${describeFaults(faults)}`);
  return lines;
}
