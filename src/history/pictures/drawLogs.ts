/** Draws the picture of the logs with a pen. */
import type { LogPicture, LogPictureCell } from './logPicture.ts';
import type { Pen, PictureColours } from './pen.ts';

const HEAD = 110;
const CELL = 104;
const ROW = 44;
const TOP = 34;
const SIZE = 11;
const BOX_HEIGHT = 26;
const GAP = 3;

/** How large the picture is. */
export function logsSize({ indexes, rows }: LogPicture): { readonly width: number; readonly height: number } {
  return { width: HEAD + indexes.length * CELL + 16, height: TOP + rows.length * ROW + 8 };
}

export function drawLogs({ indexes, rows }: LogPicture, pen: Pen, colours: PictureColours): void {
  for (const [at, index] of indexes.entries()) {
    pen.text(HEAD + (at + 0.5) * CELL, TOP / 2, String(index), { colour: colours.text2, size: SIZE, anchor: 'middle' });
  }
  for (const [at, row] of rows.entries()) {
    const y = TOP + at * ROW;
    const middle = y + BOX_HEIGHT / 2;
    pen.text(14, middle, row.node, { colour: colours.text, size: SIZE + 1, isBold: true });
    pen.text(44, middle, row.condition, { colour: colours.text2, size: SIZE, isBold: row.isLeader });
    for (const [column, cell] of row.cells.entries()) drawCell(cell, HEAD + column * CELL, y, pen, colours);
  }
}

function drawCell(cell: LogPictureCell, x: number, y: number, pen: Pen, colours: PictureColours): void {
  const { entry, removed, state } = cell;
  const width = CELL - GAP;
  const middle = y + BOX_HEIGHT / 2;
  const room = { size: SIZE, widthMax: width - 12 };
  if (entry !== null) {
    const { fill, ink, line } = colours.term(entry.term);
    pen.rect(x, y, width, BOX_HEIGHT, state === 'committed' ? { fill } : { stroke: line, dash: 4 });
    const colour = state === 'committed' ? ink : colours.text;
    pen.text(x + 6, middle, `${entry.term}  ${entry.text}`, { colour, ...room });
  } else if (state === 'snapshot' || state === 'unseen') {
    pen.text(x + 6, middle, state === 'snapshot' ? 'snapshot' : '…', { colour: colours.text2, ...room });
  }
  if (removed !== null) {
    // Below the entry that took its place; where there is none, in its place.
    const at = entry === null ? middle : y + BOX_HEIGHT + 8;
    if (entry === null) pen.rect(x, y, width, BOX_HEIGHT, { stroke: colours.term(removed.term).line, dash: 4 });
    pen.text(x + 6, at, `${removed.term}  ${removed.text}`, { colour: colours.bad, ...room });
    pen.line(x + 4, at, x + width - 4, at, { colour: colours.bad, width: 1.5 });
  }
  if (cell.isCommitIndex) {
    const [cx, cy] = [x + width, y];
    pen.shape([[cx, cy - 5], [cx + 5, cy], [cx, cy + 5], [cx - 5, cy]], colours.text);
  }
  const marks = { colour: colours.text2, size: SIZE - 1 };
  if (cell.isMatchIndex) pen.text(x + width - 6, y + BOX_HEIGHT + 8, 'match', { ...marks, anchor: 'end' });
  if (cell.isNextIndex) pen.text(x + 6, y + BOX_HEIGHT + 8, 'next', marks);
}
