/** Which part of a branch the lower tape shows, and what of the tape is in it. */
import type { TapeRange } from '../tape/tapeLayout.ts';
import type { TermTape } from '../tape/termTape.ts';
import type { Pace } from '../../trace/events.ts';

/** Who goes step by step comes no further than this in a while: there a message's way must be more than a pixel. */
export const SHORT_SPANS_MS = [1000, 10_000] as const;
/** The most that is shown in detail: some elections at each pace. */
const SPAN_MS: Readonly<Record<Pace, number>> = { fast: 6000, class: 60_000, slow: 180_000 };
/** Time that runs stays left of this part of the range; what was sought comes into its middle. */
const AHEAD = 0.85;
const MIDDLE = 0.5;

/**
 * The range for a moment. As long as the moment is in sight, the range stays where it is: under a hand that drags, it
 * must not move.
 */
export function detailRange(before: TapeRange | null, nowMs: number, endMs: number, pace: Pace): TapeRange {
  const shortMs = SHORT_SPANS_MS.find((short) => short < SPAN_MS[pace] && endMs <= short * AHEAD);
  const spanMs = shortMs ?? SPAN_MS[pace];
  if (endMs <= spanMs * AHEAD) return { fromMs: 0, toMs: spanMs };
  const isKept = before !== null && before.toMs - before.fromMs === spanMs;
  if (isKept && nowMs >= before.fromMs && nowMs <= before.fromMs + spanMs * AHEAD) return before;
  const isNear = isKept && nowMs > before.fromMs && nowMs <= before.toMs;
  const fromMs = Math.max(0, nowMs - spanMs * (isNear ? AHEAD : MIDDLE));
  return { fromMs, toMs: fromMs + spanMs };
}

/** What of the tape is in the range. */
export function clippedTape(
  { bands, marks, cuts, commitsMs }: TermTape, { fromMs, toMs }: TapeRange,
): Pick<TermTape, 'bands' | 'marks' | 'cuts' | 'commitsMs'> {
  const begins = (span: { readonly fromMs: number }): boolean => span.fromMs < toMs;
  return {
    bands: bands.filter(begins), cuts: cuts.filter(begins), marks: marks.filter(({ atMs }) => atMs <= toMs),
    commitsMs: commitsMs.filter((atMs) => atMs >= fromMs && atMs <= toMs),
  };
}
