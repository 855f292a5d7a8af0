/** The clock of the lab's host: the times in a window are by it, not by this machine's clock. */
import { useLanStore } from './lanStore.ts';

/** @returns a function that returns the lab's time, in milliseconds since 1970 */
export function useLabClock(): () => number {
  const lan = useLanStore();
  return () => Date.now() + (lan.status?.mode === 'joined' ? lan.status.clockOffsetMs : 0);
}
