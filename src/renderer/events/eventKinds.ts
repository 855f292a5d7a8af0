/** How the kinds of events are called in the list, and which it shows at first. */
import type { TraceEvent } from '../../trace/events.ts';
import { kindOf } from '../../trace/kinds.ts';
import type { EventKind } from '../../trace/kinds.ts';

/** What a kind holds. */
export const KIND_HINTS: Readonly<Record<EventKind, string>> = {
  elections: 'terms, roles, votes',
  replication: 'entries appended, committed and applied; membership',
  client: 'commands asked, forwarded, answered',
  lab: 'nodes started, crashed, paused; links, partitions, pace',
  disk: 'transactions committed to SQLite',
  messages: 'datagrams sent, received and dropped, but for heartbeats',
  heartbeats: 'heartbeats and their answers, election timers, counters',
};

/** What a person wants to read first; the rest comes many times a second, or with every write five times. */
export const DEFAULT_KINDS: ReadonlySet<EventKind> = new Set<EventKind>(['elections', 'replication', 'client', 'lab']);

/** The traffic that goes on all the time, rather than the story of the cluster. */
export const ROUTINE_KINDS: readonly EventKind[] = ['messages', 'heartbeats'];

/** Whether an event belongs to that traffic. */
export function isRoutine(event: TraceEvent): boolean {
  return ROUTINE_KINDS.includes(kindOf(event));
}
