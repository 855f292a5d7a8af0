/** A node's possible actions in its present state: one list for its menu, the inspector and the command palette. */
import type { CommandName } from '../../contract/commands.ts';
import { nodeActionsFor } from '../../contract/nodeActions.ts';
import type { NodeName } from '../../trace/names.ts';
import type { ClusterView } from '../../trace/view.ts';
import { electorateOf, standingOf } from '../stage/electorate.ts';
import { captionOf } from './keys.ts';
import type { KeyAction } from './keys.ts';
import { isMac } from './platform.ts';

export type NodeOfferId =
  | 'crash' | 'restart' | 'pause' | 'resume' | 'compact' | 'wipe'
  | 'transfer' | 'promote' | 'demote' | 'replace' | 'remove' | 'forgetLeader';

export interface NodeOffer {
  readonly id: NodeOfferId;
  /** The label in the node's own menu, below its name. */
  readonly label: string;
  /** The title in a list of all nodes' commands. */
  readonly title: string;
  /** What it does, in a sentence. */
  readonly hint: string;
  /** `life`: what happens to the node. `membership`: its place in the cluster. */
  readonly group: 'life' | 'membership';
  readonly keys?: KeyAction;
  /** Marks an action that loses something; it needs confirmation. */
  readonly danger?: boolean;
}

/** The command behind each offer: who may send it depends on the machine (contract/lanRoles.ts). */
export function commandOf(offer: NodeOfferId): CommandName {
  switch (offer) {
    case 'crash': case 'restart': case 'pause': case 'resume': case 'compact': case 'wipe':
      return `node:${offer}`;
    case 'transfer': case 'promote': case 'demote': case 'replace': case 'remove': case 'forgetLeader':
      return `cluster:${offer}`;
  }
}

type Words = Omit<NodeOffer, 'id' | 'title'> & { readonly title: (name: NodeName) => string };

const OFFERS: Readonly<Record<NodeOfferId, Words>> = {
  crash: {
    label: 'Crash', title: (name) => `Crash ${name}`, group: 'life', keys: 'node.crash',
    hint: 'The thread ends at once; its file stays.',
  },
  restart: {
    label: 'Restart', title: (name) => `Restart ${name}`, group: 'life', keys: 'node.restart',
    hint: 'A new thread on the same file.',
  },
  pause: {
    label: 'Pause', title: (name) => `Pause ${name}`, group: 'life', keys: 'node.pauseOrResume',
    hint: 'The thread stops taking input, like a process that is not scheduled.',
  },
  resume: {
    label: 'Resume', title: (name) => `Resume ${name}`, group: 'life', keys: 'node.pauseOrResume',
    hint: 'The thread continues where it stopped.',
  },
  compact: {
    label: 'Take a snapshot now', title: (name) => `Take a snapshot on ${name}`, group: 'life',
    hint: 'What it has applied goes into a snapshot, and the log that this covers is discarded (Raft §7).',
  },
  wipe: {
    label: 'Wipe disk…', title: (name) => `Wipe the disk of ${name}`, group: 'life', danger: true,
    hint: 'The file is deleted; the node comes back as another server.',
  },
  transfer: {
    label: 'Transfer leadership here', title: (name) => `Transfer the leadership to ${name}`, group: 'membership',
    hint: 'The leader brings it up to date, then lets it stand for election at once (dissertation §3.10).',
  },
  promote: {
    label: 'Promote to voter', title: (name) => `Promote ${name} to voter`, group: 'membership',
    hint: 'It gets a vote, as soon as it has caught up (dissertation §4.2.1).',
  },
  demote: {
    label: 'Demote to learner', title: (name) => `Demote ${name} to learner`, group: 'membership',
    hint: 'It still receives the log, and no longer votes.',
  },
  replace: {
    label: 'Replace by a new node…', title: (name) => `Replace ${name} by a new node`, group: 'membership',
    danger: true,
    hint: 'A new node catches up and takes its place in one joint change (dissertation §4.3).',
  },
  remove: {
    label: 'Remove from the cluster…', title: (name) => `Remove ${name} from the cluster`, group: 'membership',
    danger: true, hint: 'It leaves the configuration; then it is stopped and its file deleted.',
  },
  forgetLeader: {
    label: 'Forget the leader', title: (name) => `Let ${name} forget its leader`, group: 'membership',
    hint: 'Until it hears from a leader again, it votes at once for whoever asks.',
  },
};

const NEEDS_FILE = 'It works once a good copy of its raft.db is back in its place.';
const REMOVE_AWAY_HINT = 'Its machine is not connected: it leaves the configuration, and its vote no longer counts.';

/** This node's possible actions now, the most common first. */
export function offersFor(view: ClusterView, name: NodeName): readonly NodeOffer[] {
  const [first] = lifeOffers(view, name);
  const hints: Partial<Record<NodeOfferId, string>> = {
    // Where a wipe comes first, the node's own file is not there.
    ...(first === 'wipe' ? { restart: NEEDS_FILE } : {}),
    ...(view.nodes[name]?.life === 'away' ? { remove: REMOVE_AWAY_HINT } : {}),
  };
  return [...lifeOffers(view, name), ...membershipOffers(view, name)].map((id) => {
    const { title, ...words } = OFFERS[id];
    return { id, title: title(name), ...words, hint: hints[id] ?? words.hint };
  });
}

/** What a node is now and what can be done about that, for whoever asks for something else. */
export function lifeText(view: ClusterView, name: NodeName): string {
  const life = view.nodes[name]?.life ?? 'stopped';
  if (life === 'away') return `${name} is away: its machine is not connected.`;
  const possible = lifeOffers(view, name).map((id) => OFFERS[id])
    .flatMap(({ label, keys }) => (keys === undefined ? [] : [`${label} (${captionOf(keys, isMac)})`]));
  const state = life === 'crashed' || life === 'failed' ? life : `is ${life}`;
  return `${name} ${state}. Possible now: ${possible.join(', ')}.`;
}

function lifeOffers(view: ClusterView, name: NodeName): readonly NodeOfferId[] {
  const node = view.nodes[name];
  return node === undefined ? [] : nodeActionsFor(node);
}

/** A cluster of one keeps its only voter; a member that is not running can still be removed. */
function membershipOffers(view: ClusterView, name: NodeName): readonly NodeOfferId[] {
  const node = view.nodes[name];
  if (node === undefined) return [];
  const electorate = electorateOf(view);
  const standing = standingOf(name, electorate);
  const isVoter = standing !== 'learner' && standing !== 'outside';
  const isRunning = node.life === 'running';
  const offers: NodeOfferId[] = [];
  if (isVoter && isRunning && node.role !== 'leader') offers.push('transfer');
  if (standing === 'learner') offers.push('promote');
  if (isVoter && electorate.count > 1) offers.push('demote');
  if (isRunning && node.role === 'follower' && node.leader !== 0) offers.push('forgetLeader');
  // A new node runs on the machine of the one that it replaces.
  if (standing !== 'outside' && node.life !== 'away') offers.push('replace');
  if (Object.keys(view.nodes).length > 1 && (electorate.count > 1 || !isVoter)) offers.push('remove');
  return offers;
}
