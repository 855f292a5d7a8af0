/** The inspector's words: a node's state, a drop's reason, sizes. */
import type { DropReason } from '../../trace/events.ts';
import { fullNodeName } from '../../trace/names.ts';
import { conditionOf, failureWords } from '../../trace/nodeCondition.ts';
import { roleWord } from '../../trace/roleWords.ts';
import type { NodeView } from '../../trace/view.ts';

/** A node's state in a few words: `leader of term 3`, `paused`, `crashed`. */
export function describeState(node: NodeView): string {
  switch (node.life) {
    case 'starting':
      return 'starting: opening its file and binding its socket';
    case 'paused':
      return `paused as ${roleWord(node)} of term ${node.term}`;
    case 'crashed':
      return 'crashed: only its file is left';
    case 'stopped':
      return 'stopped';
    case 'failed':
      return conditionOf(node) === 'failed' ? 'failed' : `failed: ${failureWords(node)}`;
    case 'away':
      return 'away: what it does is not heard here';
    case 'running':
      if (node.role === 'leader') return `leader of term ${node.term}`;
      return `${roleWord(node)} in term ${node.term}`;
  }
}

/** A node by its Raft identifier; `none` for 0. */
export function nodeOrNone(id: number): string {
  return id === 0 ? 'none' : fullNodeName(id);
}

const DROP_WORDS: Readonly<Record<DropReason, string>> = {
  cut: 'the link is cut',
  loss: 'lost: the link’s loss setting',
  'by-hand': 'lost by hand while they were held',
  'hold-full': 'more messages held than a node keeps',
  'queue-full': 'more datagrams delayed than the link holds',
  'too-long': 'longer than a datagram may be',
  'too-short': 'shorter than a header',
  'bad-magic': 'no Raftlab datagram',
  'other-version': 'another version of the protocol',
  'other-lab': 'of another lab',
  'not-sealed': 'not sealed, in a lab where all are',
  'bad-seal': 'not sealed with this lab’s code',
  flooded: 'from strangers, too many to read',
  malformed: 'malformed: cannot be decoded',
  'unknown-sender': 'from no member of this cluster',
  'not-for-me': 'addressed to an earlier life of this node',
  duplicate: 'duplicate: already received',
  incomplete: 'fragments that never became whole',
  'send-failed': 'refused by the operating system',
};

/** Why datagrams were dropped, in words. */
export function describeDrop(reason: DropReason): string {
  return DROP_WORDS[reason];
}

const UNITS = ['kB', 'MB', 'GB'] as const;

/** A size for people: `812 B`, `44.2 kB`. Decimal units, as SQLite tools and file managers show them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${UNITS[unit] ?? 'B'}`;
}

/** A count with thousands separators, as in the system's language. */
export function formatCount(count: number): string {
  return count.toLocaleString();
}
