/** The layout of the tape: times become fractions of its width, and labels appear only if there is room. */
import type { Pace } from '../../trace/events.ts';
import type { TapeMark, TermTape } from './termTape.ts';

/** The longest past that the tape shows: some dozens of heartbeats and several elections. */
const SPAN_MS: Readonly<Record<Pace, number>> = { fast: 60_000, class: 240_000, slow: 720_000 };
/** The shortest span, so that a new lab's first seconds do not fill the window. */
const SPAN_MIN_MS = 20_000;

export interface TapeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The range from the first known event to now, limited to SPAN_MIN_MS at least and the pace's span at most. */
export function tapeRange(tape: TermTape, pace: Pace, nowMs: number): TapeRange {
  const knownFromMs = Math.max(tape.knownFromMs ?? nowMs, nowMs - SPAN_MS[pace]);
  return { fromMs: Math.min(knownFromMs, nowMs - SPAN_MIN_MS), toMs: nowMs };
}

/** The place of a time: 0 at the left end, 1 at the right one. */
export function placeOf(atMs: number, { fromMs, toMs }: TapeRange): number {
  return Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs)));
}

export interface PlacedSpan<Item> {
  readonly item: Item;
  readonly left: number;
  readonly width: number;
}

/** The spans that overlap the range. An open span ends now. */
export function placeSpans<Item extends { readonly fromMs: number; readonly toMs: number | null }>(
  items: readonly Item[], range: TapeRange, nowMs: number,
): readonly PlacedSpan<Item>[] {
  return items.filter(({ toMs }) => (toMs ?? nowMs) >= range.fromMs).map((item) => {
    const left = placeOf(item.fromMs, range);
    return { item, left, width: placeOf(item.toMs ?? nowMs, range) - left };
  });
}

export interface PlacedMark {
  readonly mark: TapeMark;
  readonly left: number;
  /** Whether there is room for its text before the next mark. */
  readonly hasText: boolean;
}

/** The approximate width of a label's character, and the padding around a label, in rem. */
const CHARACTER_REM = 0.37;
const MARGIN_REM = 0.75;

/** The marks in the range, oldest first. If marks are close together, the first keeps its text. */
export function placeMarks(marks: readonly TapeMark[], range: TapeRange, widthRem: number): readonly PlacedMark[] {
  let freeFrom = 0;
  return marks.filter(({ atMs }) => atMs >= range.fromMs).map((mark) => {
    const left = placeOf(mark.atMs, range);
    const end = left + (mark.text.length * CHARACTER_REM + MARGIN_REM) / Math.max(1, widthRem);
    const hasText = left >= freeFrom && end <= 1;
    if (hasText) freeFrom = end;
    return { mark, left, hasText };
  });
}

/** One notch for each commit, at most one per step of 1/500: a path in a box of 1000 by 1. */
export function notches(commitsMs: readonly number[], range: TapeRange): string {
  const steps = new Set<number>();
  for (const atMs of commitsMs) if (atMs >= range.fromMs) steps.add(Math.round(placeOf(atMs, range) * 500));
  return [...steps].map((step) => `M${step * 2} 0V1`).join('');
}

/** How long ago: `12 s`, `3:05 min`. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`;
}
