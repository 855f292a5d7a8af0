/** Whether the clients' operations are linearizable, asked now and then while the lab is shown. */
import { useIntervalFn } from '@vueuse/core';
import { computed, shallowRef, watch } from 'vue';
import type { HistoryVerdict } from '../../contract/history.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useHistoryStore } from '../stores/history.ts';

/** Rare enough to cost nothing, often enough for a person who has just seen something strange. */
const ASK_EVERY_MS = 2000;

/** Call it in a component's setup: it asks until the component goes away. */
export function useVerdict() {
  const actions = useActions();
  const cluster = useClusterStore();
  const history = useHistoryStore();
  const verdict = shallowRef<HistoryVerdict | null>(null);
  /** What the verdict is about: another lab, or another recording, has another one. */
  const subject = computed(() => {
    const labId = cluster.status === 'live' ? cluster.view()?.labId : undefined;
    return labId === undefined ? null : `${history.of ?? 'lab'} ${labId}`;
  });
  let isAsking = false;

  async function ask(): Promise<void> {
    const asked = subject.value;
    if (asked === null || isAsking) return;
    isAsking = true;
    const reply = await actions.ask('history:verdict', { of: history.of ?? 'lab' });
    isAsking = false;
    if (asked === subject.value) verdict.value = reply.ok ? reply.value : null;
  }

  watch(subject, () => {
    verdict.value = null;
    void ask();
  }, { immediate: true });
  useIntervalFn(() => { if (!document.hidden) void ask(); }, ASK_EVERY_MS);
  return { verdict };
}
