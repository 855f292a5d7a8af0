/** The tape of the present branch of a simulated lab, with what comes after the present moment, too. */
import { useThrottleFn } from '@vueuse/core';
import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import { useClusterStore } from '../stores/cluster.ts';
import { useTimeStore } from '../stores/time.ts';
import { TermTape } from '../tape/termTape.ts';

/** While time runs, the tape grows; it is read again this often. */
const READ_EVERY_MS = 500;

/** Call in a component's set-up. */
export function useTimeTape() {
  const cluster = useClusterStore();
  const time = useTimeStore();
  const tape = shallowRef(new TermTape());
  /** The step at which each of its events had happened, by the event's number. */
  let stepsBySeq: ReadonlyMap<number, number> = new Map();
  let asked = 0;

  async function read(): Promise<void> {
    if (!time.isSimulated) return;
    asked += 1;
    const own = asked;
    const reply = await time.readTape();
    // A tape that cannot be read now stays as it was: the next moment asks again.
    if (own !== asked || !reply.ok) return;
    const next = new TermTape();
    for (const { event } of reply.value) next.see(event);
    stepsBySeq = new Map(reply.value.map(({ event, step }) => [event.seq, step]));
    tape.value = next;
  }

  const branchAndEnd = computed(() =>
    `${cluster.view()?.labId} ${time.status?.branch} ${time.end.step} ${time.isHeld} ${cluster.traceNumber}`);
  watch(branchAndEnd, useThrottleFn(read, READ_EVERY_MS, true, true), { immediate: true });
  onScopeDispose(() => { asked += 1; });

  return { tape, stepOf: (seq: number) => stepsBySeq.get(seq) ?? null };
}
