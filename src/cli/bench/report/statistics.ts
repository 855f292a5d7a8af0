/** Numbers from samples: percentiles by nearest rank, medians of rounds. */

/** How long something took, over many times. */
export interface Latency {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** @throws {RangeError} without any sample */
export function latencyOf(samplesMs: readonly number[]): Latency {
  const ascending = Float64Array.from(samplesMs).sort();
  return {
    count: ascending.length,
    p50Ms: percentile(ascending, 50),
    p99Ms: percentile(ascending, 99),
    maxMs: percentile(ascending, 100),
  };
}

/** The middle value; for an even number of values the lower middle one. @throws {RangeError} without any value */
export function medianOf(values: readonly number[]): number {
  return percentile(Float64Array.from(values).sort(), 50);
}

/** The smallest sample that at least `percent` of all samples do not exceed (nearest rank). */
function percentile(ascending: Float64Array, percent: number): number {
  const found = ascending[Math.max(0, Math.ceil((percent / 100) * ascending.length) - 1)];
  if (found === undefined) {
    throw new RangeError('a percentile of no samples');
  }
  return found;
}
