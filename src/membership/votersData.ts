/** Which voters still have their data: without a majority of them no leader can ever be elected again. Pure. */
import type { Configuration, NodeId } from '../raft/types.ts';
import { fullNodeName } from '../trace/names.ts';
import type { ClusterView } from '../trace/view.ts';
import { configurationIn, leaderIn, majorityOf, neededWords } from './configurationInView.ts';
import type { Wish } from './wish.ts';

/**
 * Whether a node has the log and the vote that belong to its id. `lost`: its file is gone, damaged, or another node's.
 * `unknown`: its file cannot be checked, or it fails for another reason.
 */
export type DataState = 'held' | 'lost' | 'unknown';

/** What the lab knows about its nodes when it decides whether data may be deleted. */
export interface DataSight {
  readonly view: ClusterView;
  readonly wishes: readonly Wish[];
  /** The data of the lab's nodes by their current Raft ids. An id that is not in it was wiped: no node has it now. */
  readonly data: ReadonlyMap<NodeId, DataState>;
}

/** Why a voter's data cannot be relied on; undefined: it can. */
function missing({ wishes, data }: DataSight, id: NodeId): string | undefined {
  const name = fullNodeName(id);
  const state = data.get(id);
  const wish = wishes.find((candidate) => candidate.id === id);
  if (state === undefined || wish === undefined) {
    return `${name} was wiped`;
  }
  if (state === 'lost') {
    return `the file of ${name} is gone or damaged`;
  }
  if (state === 'unknown') {
    return `the file of ${name} cannot be checked: its machine is not connected, or it has failed`;
  }
  return wish.member === 'voter' ? undefined : `${name} is giving up its vote`;
}

/** Those of these voters whose data can be relied on. */
export function votersWithData(sight: DataSight, voters: readonly NodeId[]): readonly NodeId[] {
  return voters.filter((id) => missing(sight, id) === undefined);
}

/**
 * `n2 was wiped, the machine of n3 is not connected`; empty when all have their data.
 * @param without the voter that is left out
 */
export function missingDataWords(
  sight: DataSight, { voters }: Pick<Configuration, 'voters'>, without?: NodeId,
): string {
  const others = voters.filter((id) => id !== without);
  const joining = sight.wishes.filter(({ id, member }) => member === 'voter' && !voters.includes(id));
  return [
    ...others.map((id) => missing(sight, id)).filter((words) => words !== undefined),
    ...joining.map(({ id }) => `${fullNodeName(id)} is not a voter yet`),
  ].join(', ');
}

/**
 * The configuration that decides whether data may be deleted: the leader's. Without a leader it is the newest that any
 * node reports, if every node with data has reported its own; otherwise undefined.
 */
export function knownConfiguration({ view, data }: DataSight): Configuration | undefined {
  const isKnown = leaderIn(view) !== undefined || unheard({ view, data }).length === 0;
  return isKnown ? configurationIn(view) ?? undefined : undefined;
}

/** The nodes that may have data and have not run since the lab was opened. */
export function unheard({ view, data }: Pick<DataSight, 'view' | 'data'>): readonly NodeId[] {
  const nodes = Object.values(view.nodes);
  const told = new Set(nodes.filter(({ configuration }) => configuration !== null).map(({ id }) => id));
  return [...data].filter(([id, state]) => state !== 'lost' && !told.has(id)).map(([id]) => id);
}

/** Whether a majority would still have its data if that of `id` were deleted. */
export function canLose(sight: DataSight, configuration: Configuration, id: NodeId): boolean {
  return groupsOf(configuration).every((group) => (
    !group.includes(id) || votersWithData(sight, group).filter((voter) => voter !== id).length >= majorityOf(group)));
}

/** A sentence with what is left, if it is certain that no majority has its data; undefined otherwise. */
export function majorityLostWords(sight: DataSight): string | undefined {
  const { data } = sight;
  const configuration = knownConfiguration(sight);
  const isLost = (id: NodeId): boolean => (data.get(id) ?? 'lost') === 'lost';
  const group = configuration === undefined ? undefined : groupsOf(configuration).find((voters) => (
    voters.filter((id) => !isLost(id)).length < majorityOf(voters)));
  if (group === undefined) {
    return undefined;
  }
  const left = group.filter((id) => data.get(id) === 'held').map(fullNodeName);
  const who = left.length === 0 ? 'none has' : `only ${left.join(', ')} ${left.length === 1 ? 'has' : 'have'}`;
  const rest = left.length === 0
    ? 'delete the lab'
    : `what ${left.join(', ')} ${left.length === 1 ? 'holds' : 'hold'} can be read (stale reads), then delete the lab`;
  return `of the voters ${group.map(fullNodeName).join(', ')} ${who} data left, ${neededWords(group)}, `
    + `and no leader can ${restorableWords(sight, group) ?? 'ever be elected again: '}${rest}`;
}

/** What to try first where enough voters only lack their file, which can be put back; a wiped one cannot. */
function restorableWords({ data }: DataSight, group: readonly NodeId[]): string | undefined {
  const present = group.filter((id) => data.has(id));
  if (present.length < majorityOf(group)) {
    return undefined;
  }
  const lacking = present.filter((id) => data.get(id) === 'lost').map(fullNodeName);
  const them = lacking.length === 1 ? 'it' : 'them';
  return `be elected without ${them}: put raft.db of ${lacking.join(', ')} back with its companions, and restart `
    + `${lacking.join(', ')}. If that cannot be done, `;
}

function groupsOf({ voters, votersOutgoing }: Configuration): readonly (readonly NodeId[])[] {
  return votersOutgoing.length === 0 ? [voters] : [voters, votersOutgoing];
}
