/** The tape of the open lab, which follows its events, and the time, which advances without events. */
import { useIntervalFn, useThrottleFn } from '@vueuse/core';
import { shallowRef, triggerRef, watch } from 'vue';
import { useLabClock } from '../lan/labClock.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { TermTape } from './termTape.ts';

/** At the slowest pace the tape moves less than a pixel in this time. */
const RENEW_EVERY_MS = 250;

export function useTermTape() {
  const cluster = useClusterStore();
  const labNowMs = useLabClock();
  const tape = shallowRef(new TermTape());
  const nowMs = shallowRef(labNowMs());
  let traceNumber = -1;
  let followedSeq = 0;

  function follow(): void {
    const view = cluster.presentView();
    if (view === null) return;
    if (cluster.presentTraceNumber !== traceNumber) {
      traceNumber = cluster.presentTraceNumber;
      followedSeq = 0;
      tape.value.clear();
    }
    const history = cluster.presentEvents();
    let position = history.length;
    while (position > 0 && (history.at(position - 1)?.seq ?? 0) > followedSeq) position -= 1;
    for (; position < history.length; position += 1) {
      const event = history.at(position);
      if (event !== undefined) tape.value.see(event);
    }
    followedSeq = Math.max(followedSeq, history.newest?.seq ?? 0);
    const { leader } = cluster;
    if (leader !== null) tape.value.leadsAlready(leader.id, leader.term);
    nowMs.value = labNowMs();
    triggerRef(tape);
  }

  watch(() => cluster.presentVersion, useThrottleFn(follow, RENEW_EVERY_MS, true, true), { immediate: true });
  useIntervalFn(() => { if (!document.hidden) nowMs.value = labNowMs(); }, RENEW_EVERY_MS);

  return { tape, nowMs };
}
