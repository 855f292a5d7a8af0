import { describe, expect, it } from 'vitest';
import { LogKnowledge } from '../../../src/history/pictures/logKnowledge.ts';
import { logPicture, REMOVED_SHOWN_MS } from '../../../src/history/pictures/logPicture.ts';
import type { LogPictureCell } from '../../../src/history/pictures/logPicture.ts';
import type { TraceBody, TraceEvent } from '../../../src/trace/events.ts';
import { applyEvent, emptyView } from '../../../src/trace/fold.ts';
import { openingEvents } from '../../renderer/support/cluster.ts';
import { traceEvent } from '../../renderer/support/manualBridge.ts';

/** The cluster after its opening and these events: n1 leads, entries 1 to 3, entry 3 not committed. */
function told(...bodies: readonly (readonly [TraceBody, number])[]) {
  const opening = openingEvents(3);
  const more = bodies.map(([body, node], at) => traceEvent(opening.length + at + 1, body, node));
  const events: TraceEvent[] = [...opening, ...more];
  const view = emptyView();
  const knowledge = new LogKnowledge();
  for (const event of events) {
    applyEvent(view, event);
    knowledge.learn(event);
  }
  return { view, knowledge };
}

const entry = (index: number, term: number) => ({ index, term, type: 'command', bytes: 20 }) as const;

function short(cell: LogPictureCell | undefined): string {
  const marks = [cell?.isCommitIndex === true ? '◆' : '', cell?.isMatchIndex === true ? 'match' : '',
    cell?.isNextIndex === true ? 'next' : ''];
  const removed = cell?.removed ? ` not ${cell.removed.term} ${cell.removed.text}` : '';
  return `${cell?.state} ${cell?.entry?.term ?? '-'} ${cell?.entry?.text ?? ''}${removed} ${marks.join('')}`
    .replaceAll('  ', ' ').trim();
}

describe('the picture of the logs', () => {
  it('shows terms, texts, what is committed, and what the leader holds of its followers', () => {
    const { view, knowledge } = told([{ type: 'applied', index: 2, term: 2, text: 'put x "3"' }, 1]);
    const { indexes, rows } = logPicture(view, knowledge, { columns: 10 });
    expect(indexes).toEqual([1, 2, 3, 4]);
    expect(rows.map(({ node, isLeader }) => [node, isLeader])).toEqual([['n1', true], ['n2', false], ['n3', false]]);
    expect(rows[0]?.cells.map(short)).toEqual([
      'committed 1 command', 'committed 2 put x "3" ◆', 'uncommitted 2 command', 'none -',
    ]);
    expect(rows[1]?.cells.map(short).slice(2)).toEqual(['uncommitted 2 command match', 'none - next']);
    expect(rows[1]?.cells[2]?.title).toContain('n2, index 3\nterm 2: command\nnot committed');
  });

  it('crosses out what a conflict removed, until that is no longer of the moment', () => {
    const { view, knowledge } = told(
      [{ type: 'clientWaits', requestId: 'r1', text: 'put y "4"', waitsFor: 'commit', index: 3, term: 2 }, 3],
      [{ type: 'entriesAppended', entries: [entry(4, 2)], truncatedFrom: undefined }, 3],
      [{ type: 'entriesAppended', entries: [entry(3, 3)], truncatedFrom: 3 }, 3],
    );
    const last = logPicture(view, knowledge, { columns: 10 }).rows[2]?.cells.map(short).slice(2);
    expect(last).toEqual(['uncommitted 3 command not 2 put y "4" match', 'none - not 2 command next']);
    view.atMs += REMOVED_SHOWN_MS + 1;
    expect(logPicture(view, knowledge, { columns: 10 }).rows[2]?.cells.every(({ removed }) => removed === null))
      .toBe(true);
  });

  it('has no more columns than fit, and moves back from the end', () => {
    const many = Array.from({ length: 200 }, (_, at) => entry(at + 4, 2));
    const { view, knowledge } = told([{ type: 'entriesAppended', entries: many, truncatedFrom: undefined }, 1]);
    expect(logPicture(view, knowledge, { columns: 3 }).indexes).toEqual([201, 202, 203]);
    const back = logPicture(view, knowledge, { columns: 3, endIndex: 150 });
    expect(back.indexes).toEqual([148, 149, 150]);
    expect(back.firstIndex).toBe(140);
    expect(logPicture(view, knowledge, { columns: 3, endIndex: 1 }).indexes).toEqual([140, 141, 142]);
    expect(back.rows[1]?.cells[0]?.state).toBe('none');
  });
});
