/** The names of the kinds of events in the list, and the kinds it shows at first. */
import type { TraceEvent } from '../../trace/events.ts';
import { kindOf } from '../../trace/kinds.ts';
import type { EventKind } from '../../trace/kinds.ts';

/** What a kind contains. */
export const KIND_HINTS: Readonly<Record<EventKind, string>> = {
  elections: 'terms, roles, votes',
  replication: 'entries appended, committed and applied; membership',
  client: 'commands asked, forwarded, answered',
  lab: 'nodes started, crashed, paused; links, partitions, pace',
  disk: 'transactions committed to SQLite',
  messages: 'datagrams sent, received and dropped, but for heartbeats',
  heartbeats: 'heartbeats and their answers, election timers, counters',
};

/** The most interesting kinds; the others occur many times a second, or five times with every write. */
export const DEFAULT_KINDS: ReadonlySet<EventKind> = new Set<EventKind>(['elections', 'replication', 'client', 'lab']);

/** The constant traffic, as opposed to the story of the cluster. */
export const ROUTINE_KINDS: readonly EventKind[] = ['messages', 'heartbeats'];

/** Whether an event belongs to that traffic. */
export function isRoutine(event: TraceEvent): boolean {
  return ROUTINE_KINDS.includes(kindOf(event));
}
