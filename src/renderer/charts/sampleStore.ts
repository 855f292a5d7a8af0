/** The samples of all nodes, taken while the window is open, so that a chart already has a past when it is opened. */
import { useIntervalFn } from '@vueuse/core';
import { defineStore } from 'pinia';
import { shallowRef, triggerRef, watch } from 'vue';
import { useClusterStore } from '../stores/cluster.ts';
import { useTimeStore } from '../stores/time.ts';
import { SAMPLE_EVERY_MS, SampleBook } from './samples.ts';

export const useSampleStore = defineStore('samples', () => {
  const cluster = useClusterStore();
  const time = useTimeStore();
  /** Triggered after each sample. */
  const book = shallowRef(new SampleBook());

  function take(): void {
    // While the time of a simulated lab is held, nothing changes in it. The past was measured when it was the present.
    if (cluster.status !== 'live' || cluster.isPast || time.rate() === 0) return;
    book.value.take(cluster.presentNodes, time.nowMs() ?? performance.now());
    triggerRef(book);
  }

  watch(() => cluster.presentTraceNumber, () => {
    book.value.clear();
    triggerRef(book);
  });
  const { pause, resume } = useIntervalFn(take, SAMPLE_EVERY_MS, { immediate: false });

  return { book, start: resume, stop: pause };
});
