/** What an observer must know about a node's address, file and log: reported at its start, and again on request. */
import type { RaftStatus } from '../../raft/index.ts';
import type { NodeLifeEvent } from '../../trace/events.ts';
import type { LogStore } from '../logStore.ts';
import type { NodeTraceBody } from '../protocol.ts';

const TAIL_ENTRIES_MAX = 64;

export type NodeStanding = Omit<
  NodeLifeEvent & { type: 'nodeStarted' }, 'type' | 'name' | 'incarnation' | 'openMs'
>;

/** Where a node runs. */
export type NodePlace = Pick<NodeStanding, 'address' | 'port' | 'threadId'>;

export function nodeStanding(place: NodePlace, store: LogStore): NodeStanding {
  const firstIndex = store.firstIndex();
  const lastIndex = store.lastIndex();
  const tailFrom = Math.max(firstIndex, lastIndex - TAIL_ENTRIES_MAX + 1);
  const tail = lastIndex < firstIndex ? [] : store.entries(tailFrom, lastIndex + 1, Infinity);
  return {
    ...place,
    databasePath: store.databasePath,
    boot: store.boot,
    hardState: store.hardState,
    firstIndex,
    lastIndex,
    snapshotIndex: store.snapshots.current.lastIncludedIndex,
    tail: tail.map(({ index, term, type, data }) => ({ index, term, type, bytes: data.length })),
  };
}

/** The complete state of a running node, as an event. */
export function restatedEvent(standing: NodeStanding, status: RaftStatus): NodeTraceBody {
  const { role, leader, lastApplied, configuration, progress } = status;
  return { type: 'nodeRestated', ...standing, role, leader, lastApplied, configuration, progress };
}
