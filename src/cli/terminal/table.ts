/** The cluster as a table for a terminal. */
import { leaderOf } from '../../contract/console.ts';
import type { Configuration, NodeId } from '../../raft/types.ts';
import { describeFaults } from '../../trace/labWords.ts';
import { logRangeOf, rangeWords } from '../../trace/logRange.ts';
import { fullNodeName, nodeNumberOfName } from '../../trace/names.ts';
import { networkFaults } from '../../trace/network.ts';
import { isKnown } from '../../trace/roleWords.ts';
import { withoutRule } from '../../trace/ruleWords.ts';
import { isRaftlabs, withoutRules } from '../../trace/variant.ts';
import { variantWords } from '../../trace/variantWords.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';
import type { Style } from './style.ts';
import { padEnd, padStart } from './width.ts';

/** As many as let the table fit into 80 columns. */
const LOG_ENTRIES_SHOWN = 8;
const TIMER_WIDTH = 5;

/** The title, one line per node, and what is wrong with the network. `nowMs`: the time for the election timers. */
export function clusterTable(view: ClusterView, style: Style, nowMs: number): string[] {
  const nodes = Object.values(view.nodes).sort((a, b) => nodeNumberOfName(a.name) - nodeNumberOfName(b.name));
  return [
    titleLine(view, nodes, style),
    ...variantLines(view, style),
    style.quiet(' node  role             term  leader  commit  last  log, [not committed]'),
    ...nodes.map((node) => nodeLine(node, configurationOf(view, node), style, nowMs)),
    ...membershipLines(view, nodes, style),
    ...networkLines(view, style),
    ...doorLines(view, nodes, style),
    ...view.violations.slice(-3).map(({ check, message }) => style.bad(` ! ${check} is broken: ${message}`)),
  ];
}

function titleLine(view: ClusterView, nodes: readonly NodeView[], style: Style): string {
  const leader = leaderOf(view);
  const led = leader === null ? style.warn('no leader') : style.good(`${leader.name} leads term ${leader.term}`);
  const leases = view.leaseReads ? ' · lease reads' : '';
  const count = nodes.length === 1 ? '1 node' : `${nodes.length} nodes`;
  return ` ${style.bold(view.name)} · ${count} · ${view.pace} pace · ${led}${leases}`;
}

/** Which Raft the lab runs, where it is not Raftlab's. */
function variantLines({ variant, rulesOff }: ClusterView, style: Style): string[] {
  if (rulesOff.length === 0) return isRaftlabs(variant) ? [] : [style.warn(` runs ${variantWords(variant)}`)];
  const unsafe = rulesOff.map((rule) => ` ! unsafe, without ${rule}: ${withoutRule(rule)}`);
  const name = variantWords(withoutRules(variant, []));
  return [...(isRaftlabs(withoutRules(variant, [])) ? [] : [style.warn(` runs ${name}`)]), ...unsafe.map(style.bad)];
}

/** The leader's, which is the newest; without one, the node's own. */
function configurationOf(view: ClusterView, node: NodeView): Configuration | null {
  return leaderOf(view)?.configuration ?? node.configuration;
}

function nodeLine(node: NodeView, configuration: Configuration | null, style: Style, nowMs: number): string {
  const leader = node.leader === 0 || node.life !== 'running' ? '–' : fullNodeName(node.leader);
  return [
    ` ${padEnd(style.bold(fullNodeName(node.id)), 5)}`,
    padEnd(roleWords(node, configuration, style), 15),
    padStart(isKnown(node) ? style.term(node.term, String(node.term)) : '–', 5),
    padEnd(leader, 6),
    padStart(isKnown(node) ? String(node.commitIndex) : '–', 6),
    padStart(isKnown(node) ? String(node.lastIndex) : '–', 4),
    padEnd(logWords(node, style), 18),
    timerBar(node, style, nowMs),
  ].join('  ').trimEnd();
}

/** Shape and word, and a colour on top. */
function roleWords(node: NodeView, configuration: Configuration | null, style: Style): string {
  switch (node.life) {
    case 'running':
      switch (node.role) {
        case 'leader':
          return style.good('◆ leader');
        case 'candidate':
          return style.warn('◇ candidate');
        case 'pre-candidate':
          return style.warn('○ pre-candidate');
        case 'follower':
          return followerWords(node, configuration);
      }
      break;
    case 'paused':
      return style.warn('‖ paused');
    case 'crashed':
      return style.bad('✕ crashed');
    case 'failed':
      return style.bad('✕ failed');
    case 'away':
      return style.warn('? away');
    case 'starting':
      return style.quiet('… starting');
    case 'stopped':
      return style.quiet('– stopped');
  }
}

/** A follower without a vote is a learner or not a member: it is joining, or was removed. */
function followerWords({ id }: NodeView, configuration: Configuration | null): string {
  if (configuration === null) return '● follower';
  const { voters, votersOutgoing, learners } = configuration;
  if (voters.includes(id) || votersOutgoing.includes(id)) return '● follower';
  return learners.includes(id) ? '◌ learner' : '◌ no member';
}

/** The terms of the last entries, in brackets those that are not known to be committed; or why there are none. */
function logWords(node: NodeView, style: Style): string {
  const range = logRangeOf(node);
  if (!isKnown(node)) return '';
  if (range.type !== 'entries') return style.quiet(rangeWords(range));
  const tail = node.tail.slice(-LOG_ENTRIES_SHOWN);
  const isOpen = (at: number): boolean => (tail[at]?.index ?? Infinity) > node.commitIndex;
  const words = tail.map(({ term }, at) => {
    const text = style.term(term, String(term));
    const opens = isOpen(at) && (at === 0 || !isOpen(at - 1)) ? '[' : '';
    return `${opens}${text}${isOpen(at) && at === tail.length - 1 ? ']' : ''}`;
  });
  const isCut = (tail[0]?.index ?? 1) > node.firstIndex;
  return `${isCut ? '…' : ''}${words.join(' ')}`;
}

/** How much of the election timeout is left. */
function timerBar(node: NodeView, style: Style, nowMs: number): string {
  if (node.electionTimer === null || node.life !== 'running') return '';
  const { startedAtMs, timeoutMs } = node.electionTimer;
  const left = Math.min(1, Math.max(0, 1 - (nowMs - startedAtMs) / timeoutMs));
  const full = Math.round(left * TIMER_WIDTH);
  return style.quiet('▮'.repeat(full) + '▯'.repeat(TIMER_WIDTH - full));
}

/** A joint configuration while it lasts, and how far the nodes' snapshots go. */
function membershipLines(view: ClusterView, nodes: readonly NodeView[], style: Style): string[] {
  const lines: string[] = [];
  const configuration = leaderOf(view)?.configuration ?? null;
  const names = (ids: readonly NodeId[]): string => ids.map(fullNodeName).join(' ');
  if (configuration !== null && configuration.votersOutgoing.length > 0) {
    const { votersOutgoing, voters } = configuration;
    lines.push(style.warn(` joint configuration: ${names(votersOutgoing)} and ${names(voters)} must both agree`));
  }
  const snapshots = nodes.filter(({ snapshotIndex }) => snapshotIndex > 0)
    .map(({ id, snapshotIndex }) => `${fullNodeName(id)} up to ${snapshotIndex}`);
  if (snapshots.length > 0) lines.push(style.quiet(` snapshots: ${snapshots.join(' · ')}`));
  return lines;
}

/** Where programs connect: the nodes' ports at each address. */
function doorLines({ door: { isOpen, redirects } }: ClusterView, nodes: readonly NodeView[], style: Style): string[] {
  if (!isOpen) return [];
  const open = nodes.flatMap(({ name, door }) => (door === null ? [] : [{ name, ...door }]));
  if (open.length === 0) return [style.quiet(' doors: none is open yet')];
  const how = redirects ? ', which redirect' : '';
  const addresses = [...new Set(open.map(({ address }) => address))];
  return addresses.map((address) => {
    const ports = open.filter((door) => door.address === address).map(({ name, port }) => `${name} ${port}`);
    return style.quiet(` doors at ${address}${how}: ${ports.join(' · ')}`);
  });
}

function networkLines(view: ClusterView, style: Style): string[] {
  const lines: string[] = [];
  const { partition, links } = networkFaults(view);
  if (partition !== null) {
    lines.push(style.warn(` partition ${partition.map((group) => group.join(' ')).join(' | ')}`));
  }
  const told = links.map(({ from, to, faults }) => `${from} → ${to} ${describeFaults(faults)}`);
  if (told.length > 0) lines.push(style.warn(` links ${told.join(' · ')}`));
  return lines;
}
