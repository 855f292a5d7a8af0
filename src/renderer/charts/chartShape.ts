/** A series as a line: its path in a box of 1000 by 100, and a scale that people can read. */
import type { Series } from './samples.ts';

/** The smallest round number (1, 2 or 5 times a power of ten) that is not below any value. */
export function scaleFor(series: readonly Series[]): number {
  const highest = Math.max(0, ...series.flat().map((value) => value ?? 0));
  if (highest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 5, 10].map((factor) => factor * power).find((scale) => scale >= highest) ?? 10 * power;
}

/**
 * The line through a series, with gaps where there is no value; the newest value is at the right end.
 * @param moments how many moments there is room for
 */
export function linePath(series: Series, scale: number, moments: number): string {
  const first = moments - series.length;
  let path = '';
  let isDrawing = false;
  for (const [position, value] of series.entries()) {
    if (value !== null) {
      const x = (first + position) / Math.max(1, moments - 1) * 1000;
      const y = 100 - Math.min(1, value / scale) * 100;
      path += `${isDrawing ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
      // A single value is a point: a line of almost no length draws it.
      if (!isDrawing && (series[position + 1] ?? null) === null) path += 'h.1';
    }
    isDrawing = value !== null;
  }
  return path;
}

/** The newest value, and the mean and highest of all: the line in words. Null if there is no value at all. */
export function summaryOf(series: Series): { newest: number | null; mean: number; highest: number } | null {
  const values = series.filter((value) => value !== null);
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { newest: series.at(-1) ?? null, mean, highest: Math.max(...values) };
}
