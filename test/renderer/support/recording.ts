/** A recording in memory behind a bridge, made from events: what main answers about the past. */
import type { HistoryMoment, HistoryNote, HistoryOf, HistoryStatus } from '../../../src/contract/history.ts';
import { applyEvent, emptyView } from '../../../src/trace/fold.ts';
import type { TraceEvent } from '../../../src/trace/events.ts';
import { attachAnswer } from './cluster.ts';
import { ManualBridge } from './manualBridge.ts';

function statusOf(events: readonly TraceEvent[], name: string): HistoryStatus {
  return {
    name, offset: 0, labName: 'Demo', fromSeq: events[0]?.seq ?? 0, toSeq: events.at(-1)?.seq ?? 0,
    fromMs: events[0]?.atMs ?? 0, toMs: events.at(-1)?.atMs ?? 0, eventCount: events.length, operationCount: 0,
    bytes: 1000, bytesMax: null, problem: null,
  };
}

function momentAfter(events: readonly TraceEvent[]): HistoryMoment {
  const view = emptyView();
  for (const event of events) applyEvent(view, event);
  return { view, recentEvents: [...events] };
}

/**
 * @param lab what the open lab has recorded, and shows as its present
 * @param file what the person's next file holds
 */
export function recordingBridge(lab: readonly TraceEvent[], file: readonly TraceEvent[] = []): ManualBridge {
  const eventsOf = (of: HistoryOf): readonly TraceEvent[] => (of === 'lab' ? lab : file);
  const notes: Record<HistoryOf, HistoryNote[]> = { lab: [], file: [] };
  const isCommit = ({ type }: TraceEvent): boolean => type === 'commitAdvanced';
  return new ManualBridge()
    .answer('lab:attach', () => attachAnswer(lab))
    .answer('history:status', ({ of }) => statusOf(eventsOf(of), of === 'lab' ? 'Demo' : 'tuesday.raftlab'))
    .answer('history:open', () => statusOf(file, 'tuesday.raftlab'))
    .answer('history:moment', ({ of, seq, atMs }) => momentAfter(eventsOf(of)
      .filter((event) => (seq === undefined ? event.atMs <= (atMs ?? 0) : event.seq <= seq))))
    .answer('history:events', ({ of, afterSeq, count }) =>
      eventsOf(of).filter(({ seq }) => seq > afterSeq).slice(0, count))
    .answer('history:page', ({ of, beforeSeq, count }) =>
      eventsOf(of).filter(({ seq }) => seq < beforeSeq).slice(-count))
    .answer('history:jump', ({ of, fromSeq, direction, unit }) => {
      const found = eventsOf(of).filter((event) => unit === 'event' || (unit === 'commit' && isCommit(event)));
      return (direction === 'next'
        ? found.find(({ seq }) => seq > fromSeq)
        : found.findLast(({ seq }) => seq < fromSeq)) ?? null;
    })
    .answer('history:overview', ({ of }) => ({ marks: eventsOf(of), density: [1, 4, 2] }))
    .answer('history:notes', ({ of }) => notes[of])
    .answer('history:addNote', ({ of, seq, text }) => {
      const atMs = eventsOf(of).find((event) => event.seq === seq)?.atMs ?? 0;
      notes[of] = [...notes[of], { note: notes[of].length + 1, seq, toSeq: null, atMs, text }];
      return notes[of];
    })
    .answer('history:deleteNote', ({ of, note }) => {
      notes[of] = notes[of].filter((one) => one.note !== note);
      return notes[of];
    });
}
