/** Which event made a value what it is: the way from a value in the window into the past. */
import type { Index, NodeId } from '../../raft/types.ts';
import type { TraceEvent } from '../../trace/events.ts';

/** A value of a node that can be asked about. */
export type AskedValue =
  | { readonly of: 'term' | 'vote' | 'role' | 'leader' | 'commitIndex' | 'configuration' }
  | { readonly of: 'entry'; readonly index: Index };

/**
 * The event that made a node's value what it is.
 * @param events up to the moment that is looked at, oldest first
 * @returns undefined where it came about before the first of them
 */
export function originOf(value: AskedValue, node: NodeId, events: readonly TraceEvent[]): TraceEvent | undefined {
  return events.findLast((event) => event.node === node && (MAKERS[value.of](event, value) || isWholeState(event)));
}

/** A node that starts, or is heard from again, tells all of its values. */
function isWholeState({ type }: TraceEvent): boolean {
  return type === 'nodeStarted' || type === 'nodeRestated';
}

const MAKERS: Readonly<Record<AskedValue['of'], (event: TraceEvent, value: AskedValue) => boolean>> = {
  term: ({ type }) => type === 'termChanged',
  // A vote of an earlier term does not count in the next one.
  vote: (event) => event.type === 'termChanged' || (event.type === 'voteGranted' && !event.preVote),
  role: ({ type }) => type === 'roleChanged',
  leader: ({ type }) => type === 'leaderChanged',
  commitIndex: ({ type }) => type === 'commitAdvanced' || type === 'snapshotRestored',
  configuration: ({ type }) => type === 'configurationChanged',
  entry: (event, value) => value.of === 'entry' && (
    (event.type === 'entriesAppended' && event.entries.some(({ index }) => index === value.index))
    || (event.type === 'snapshotRestored' && event.lastIncludedIndex >= value.index)),
};
