/** Trace events for tests of the event list. */
import type { TraceBody, TraceEvent } from '../../../src/trace/events.ts';

/** The body of an event that stands for nothing in particular: n1 applied an entry. */
export const APPLIED = { type: 'applied', index: 1, term: 1, text: 'put a "1"' } satisfies TraceBody;
export const HEARTBEAT: TraceBody = {
  type: 'messageSent', messageId: '1.1.1', to: 2, bytes: 40, message: { type: 'Heartbeat', term: 1 },
};

export function eventOf(seq: number, body: TraceBody = APPLIED, node = 1): TraceEvent {
  return { ...body, seq, atMs: 1_000 + seq, node };
}

/** A history of `length` events from `firstSeq` on. */
export function historyOf(length: number, firstSeq = 1): TraceEvent[] {
  return Array.from({ length }, (_, index) => eventOf(firstSeq + index));
}
