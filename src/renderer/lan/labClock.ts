/** The clock by which the times in a window are: that of the lab's host, or the virtual one of a simulated lab. */
import { useTimeStore } from '../stores/time.ts';
import { useLanStore } from './lanStore.ts';

/** @returns a function that returns the lab's time: milliseconds since 1970, or since a simulated lab began */
export function useLabClock(): () => number {
  const time = useTimeStore();
  const hostNowMs = useHostClock();
  return () => time.nowMs() ?? hostNowMs();
}

/** @returns a function that returns the time of the open lab as it is now, also while its past is shown */
export function usePresentClock(): () => number {
  const time = useTimeStore();
  const hostNowMs = useHostClock();
  return () => time.presentMs() ?? hostNowMs();
}

/** @returns a function that returns the host's time, whatever the lab is, in milliseconds since 1970 */
export function useHostClock(): () => number {
  const lan = useLanStore();
  return () => Date.now() + (lan.status?.mode === 'joined' ? lan.status.clockOffsetMs : 0);
}
