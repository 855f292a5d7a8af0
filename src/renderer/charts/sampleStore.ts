/** The samples of all nodes, taken while the window is open, so that a chart already has a past when it is opened. */
import { useIntervalFn } from '@vueuse/core';
import { defineStore } from 'pinia';
import { shallowRef, triggerRef, watch } from 'vue';
import { useClusterStore } from '../stores/cluster.ts';
import { SAMPLE_EVERY_MS, SampleBook } from './samples.ts';

export const useSampleStore = defineStore('samples', () => {
  const cluster = useClusterStore();
  /** Triggered after each sample. */
  const book = shallowRef(new SampleBook());

  function take(): void {
    if (cluster.status !== 'live') return;
    book.value.take(cluster.nodes, performance.now());
    triggerRef(book);
  }

  watch(() => cluster.view()?.labId, () => {
    book.value.clear();
    triggerRef(book);
  });
  const { pause, resume } = useIntervalFn(take, SAMPLE_EVERY_MS, { immediate: false });

  return { book, start: resume, stop: pause };
});
