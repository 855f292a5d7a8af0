/** Whether the clients' operations are linearizable, asked now and then while the lab is shown. */
import { useIntervalFn } from '@vueuse/core';
import { computed, shallowRef, watch } from 'vue';
import type { HistoryVerdict } from '../../contract/history.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';

/** Rare enough to cost nothing, often enough for a person who has just seen something strange. */
const ASK_EVERY_MS = 2000;

/** Call it in a component's setup: it asks until the component goes away. */
export function useVerdict() {
  const actions = useActions();
  const cluster = useClusterStore();
  const verdict = shallowRef<HistoryVerdict | null>(null);
  const labId = computed(() => (cluster.status === 'live' ? cluster.view()?.labId ?? null : null));
  let isAsking = false;

  async function ask(): Promise<void> {
    const asked = labId.value;
    if (asked === null || isAsking) return;
    isAsking = true;
    const reply = await actions.ask('history:verdict', { of: 'lab' });
    isAsking = false;
    if (asked === labId.value) verdict.value = reply.ok ? reply.value : null;
  }

  watch(labId, () => {
    verdict.value = null;
    void ask();
  }, { immediate: true });
  useIntervalFn(() => { if (!document.hidden) void ask(); }, ASK_EVERY_MS);
  return { verdict };
}
