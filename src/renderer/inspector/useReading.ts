/** Reading something of a node again and again while it changes: one request at a time, never more often than a pause allows. */
import { onScopeDispose, readonly, shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import type { LabErrorData, Reply } from '../../contract/errors.ts';

/** The pause between two readings while changes keep coming. */
const PAUSE_MS = 400;

export interface ReadingOptions<Value> {
  /** What is read: when it changes (another node, another prefix), the old value is gone. */
  readonly subject: () => string;
  /** What makes the value stale: when it changes, the value stays until the new one is there. */
  readonly changes: () => unknown;
  readonly read: () => Promise<Reply<Value>>;
}

export interface Reading<Value> {
  readonly value: Readonly<Ref<Value | null>>;
  readonly error: Readonly<Ref<LabErrorData | null>>;
}

/** Reads now, and again after changes. Answers for an earlier subject are thrown away. */
export function useReading<Value>(options: ReadingOptions<Value>): Reading<Value> {
  const value = shallowRef<Value | null>(null);
  const error = shallowRef<LabErrorData | null>(null);
  let generation = 0;
  let reading = false;
  let stale = false;
  let disposed = false;
  let endPause = (): void => undefined;

  /** Waits, unless the subject changes: then there is nothing to spare. */
  const pause = (): Promise<void> => new Promise((resolve) => {
    endPause = resolve;
    setTimeout(resolve, PAUSE_MS);
  });

  async function read(): Promise<void> {
    if (reading) {
      stale = true;
      return;
    }
    reading = true;
    do {
      stale = false;
      const current = generation;
      const reply = await options.read();
      if (disposed) return;
      if (current !== generation) {
        stale = true;
        continue;
      }
      if (reply.ok) value.value = reply.value;
      error.value = reply.ok ? null : reply.error;
      await pause();
    } while (stale && !disposed);
    reading = false;
  }

  watch(options.subject, () => {
    generation += 1;
    value.value = null;
    error.value = null;
    void read();
    endPause();
  }, { immediate: true });
  watch(options.changes, () => void read());
  onScopeDispose(() => { disposed = true; });

  return { value: readonly(value) as Readonly<Ref<Value | null>>, error: readonly(error) };
}
