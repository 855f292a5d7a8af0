/** The clock of the machine that hosts the lab: what a window shows happened by it, not by this machine's. */
import { useLanStore } from './lanStore.ts';

/** @returns a function that tells the lab's time, in milliseconds since 1970 */
export function useLabClock(): () => number {
  const lan = useLanStore();
  return () => Date.now() + (lan.status?.mode === 'joined' ? lan.status.clockOffsetMs : 0);
}
