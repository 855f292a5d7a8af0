/** How much of an election timer is left, for the arc around a node. */

/** Below this, the arc warns. */
export const TIMER_LOW = 0.15;

/**
 * The part of the timer that is left, 1 when it was just started and 0 when it has run out.
 * @param timer when it was started, by the lab's clock (lan/labClock.ts), and how long it runs
 * @param nowMs now, by the same clock
 */
export function timerLeft(timer: { readonly startedAtMs: number; readonly timeoutMs: number }, nowMs: number): number {
  if (timer.timeoutMs <= 0) return 0;
  // A clock that was set back must not show more than a full timer.
  return Math.min(1, Math.max(0, 1 - (nowMs - timer.startedAtMs) / timer.timeoutMs));
}
