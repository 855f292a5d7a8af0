/** Which part of a recording the lower tape shows. */
import type { Pace } from '../../trace/events.ts';
import type { TapeRange } from '../tape/tapeLayout.ts';

/** What is shown around a moment: some elections at each pace. */
const SPAN_MS: Readonly<Record<Pace, number>> = { fast: 6000, class: 60_000, slow: 180_000 };

/**
 * The range for a moment of the past. As long as the moment is in sight, the range stays where it is: under a hand that
 * drags, it must not move.
 */
export function rangeAround(before: TapeRange | null, atMs: number, startMs: number, pace: Pace): TapeRange {
  if (before !== null && atMs >= before.fromMs && atMs <= before.toMs) return before;
  const spanMs = SPAN_MS[pace];
  const fromMs = Math.max(startMs, atMs - spanMs / 2);
  return { fromMs, toMs: fromMs + spanMs };
}

/** How many events there are in each part of the time, as an area in a box of 1000 by 1; the most fill its height. */
export function densityPath(density: readonly number[]): string {
  const most = Math.max(1, ...density);
  const width = 1000 / Math.max(1, density.length);
  // By the root: a busy second must not hide that anything happened in the others.
  const steps = density.map((count, part) =>
    `V${(1 - Math.sqrt(count / most)).toFixed(3)}H${((part + 1) * width).toFixed(1)}`);
  return `M0 1${steps.join('')}V1Z`;
}
