/** What an observer must know about a node's address, file and log: reported at its start, and again on request. */
import { threadId } from 'node:worker_threads';
import type { RaftStatus } from '../raft/index.ts';
import type { NodeLifeEvent } from '../trace/events.ts';
import type { NodeTraceBody } from './protocol.ts';
import type { RaftStorage } from './storage/raftStorage.ts';

const TAIL_ENTRIES_MAX = 64;

export type NodeStanding = Omit<
  NodeLifeEvent & { type: 'nodeStarted' }, 'type' | 'name' | 'incarnation' | 'openMs'
>;

export function nodeStanding(address: string, port: number, storage: RaftStorage): NodeStanding {
  const firstIndex = storage.firstIndex();
  const lastIndex = storage.lastIndex();
  const tailFrom = Math.max(firstIndex, lastIndex - TAIL_ENTRIES_MAX + 1);
  const tail = lastIndex < firstIndex ? [] : storage.entries(tailFrom, lastIndex + 1, Infinity);
  return {
    address,
    port,
    threadId,
    databasePath: storage.databasePath,
    boot: storage.boot,
    hardState: storage.hardState,
    firstIndex,
    lastIndex,
    snapshotIndex: storage.snapshots.current.lastIncludedIndex,
    tail: tail.map(({ index, term, type, data }) => ({ index, term, type, bytes: data.length })),
  };
}

/** The complete state of a running node, as an event. */
export function restatedEvent(standing: NodeStanding, status: RaftStatus): NodeTraceBody {
  const { role, leader, lastApplied, configuration, progress } = status;
  return { type: 'nodeRestated', ...standing, role, leader, lastApplied, configuration, progress };
}
