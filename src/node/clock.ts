/** The time of trace events: the machine's clock, with a fraction of a millisecond. */

/** How far the two clocks may part before the fine one is set anew (a laptop slept, or the time was adjusted). */
const DRIFT_MS_MAX = 50;

let originMs = performance.timeOrigin;

/**
 * Milliseconds since 1970 with a fraction. Date.now() has whole milliseconds only, and performance.now() stands still
 * while a laptop sleeps, so the one counts and the other corrects it.
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

/** The wall clock as it stands, in whole milliseconds: for those who compare it with the monotonic one. */
export function wallMs(): number {
  return Date.now();
}
