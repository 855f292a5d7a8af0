/** The time of trace events: the machine's clock, with a fraction of a millisecond. */

/** How far the two clocks may drift apart before the fine one is reset (a laptop slept, or the time was adjusted). */
const DRIFT_MS_MAX = 50;

let originMs = performance.timeOrigin;

/**
 * Milliseconds since 1970 with a fraction. Date.now() has whole milliseconds only, and performance.now() stands still
 * while a laptop sleeps, so performance.now() counts and Date.now() corrects it.
 */
export function clockMs(): number {
  const fineMs = originMs + performance.now();
  const coarseMs = Date.now();
  if (Math.abs(fineMs - coarseMs) <= DRIFT_MS_MAX) {
    return fineMs;
  }
  originMs = coarseMs - performance.now();
  return coarseMs;
}

/** The wall clock in whole milliseconds, for comparison with the monotonic one. */
export function wallMs(): number {
  return Date.now();
}
