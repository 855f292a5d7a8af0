/** The present moment of the open lab for what shows it in text or as a place: renewed while time runs. */
import { useIntervalFn } from '@vueuse/core';
import { shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import { useLabClock } from '../lan/labClock.ts';
import { useTimeStore } from '../stores/time.ts';

/** A number that is read as it goes. */
const RENEW_EVERY_MS = 80;

/**
 * Call in a component's set-up.
 * @param renewEveryMs how often it is renewed while time runs
 */
export function useMoment(renewEveryMs = RENEW_EVERY_MS): Readonly<Ref<number>> {
  const time = useTimeStore();
  const labNowMs = useLabClock();
  const nowMs = shallowRef(labNowMs());
  const renew = (): void => { nowMs.value = labNowMs(); };

  watch(() => time.status, renew);
  useIntervalFn(() => { if (!document.hidden && time.rate() > 0) renew(); }, renewEveryMs);
  return nowMs;
}
