/** Reads data of a node repeatedly while it changes: one request at a time, with a pause between them. */
import { onScopeDispose, shallowRef, watch } from 'vue';
import type { ShallowRef } from 'vue';
import type { LabErrorData, Reply } from '../../contract/errors.ts';

/** The pause between two readings while changes keep coming. */
const PAUSE_MS = 400;

export interface ReadingOptions<Value> {
  /** What is read: when it changes (another node, another prefix), the old value is dropped. */
  readonly subject: () => string;
  /** What makes the value stale: when it changes, the value stays until the new one has arrived. */
  readonly changes: () => unknown;
  readonly read: () => Promise<Reply<Value>>;
}

export interface Reading<Value> {
  /** The latest; it stays beside the error `busy`, which passes by itself. */
  readonly value: Readonly<ShallowRef<Value | null>>;
  readonly error: Readonly<ShallowRef<LabErrorData | null>>;
}

/**
 * Reads now, and again after changes, while the calling component lives. Answers for an earlier subject are dropped.
 */
export function useReading<Value>(options: ReadingOptions<Value>): Reading<Value> {
  const value = shallowRef<Value | null>(null);
  const error = shallowRef<LabErrorData | null>(null);
  let generation = 0;
  let isReading = false;
  let isStale = false;
  let endPause = (): void => undefined;
  const wantsReading = (): boolean => isStale; // changes set it again while we wait

  /** Waits, but returns at once if the subject changes. */
  const pause = (): Promise<void> => new Promise((resolve) => {
    endPause = resolve;
    setTimeout(resolve, PAUSE_MS);
  });

  async function readOnce(): Promise<void> {
    const asked = generation;
    isStale = false;
    const reply = await options.read();
    if (asked !== generation) return;
    if (reply.ok) value.value = reply.value;
    else if (reply.error.code !== 'busy') value.value = null; // what was read before may be there no longer
    error.value = reply.ok ? null : reply.error;
    await pause();
  }

  async function read(): Promise<void> {
    isStale = true;
    if (isReading) return;
    isReading = true;
    while (wantsReading()) await readOnce();
    isReading = false;
  }

  watch(options.subject, () => {
    generation += 1;
    value.value = null;
    error.value = null;
    void read();
    endPause();
  }, { immediate: true });
  watch(options.changes, () => void read());
  onScopeDispose(() => {
    generation += 1;
    isStale = false;
    endPause();
  });

  return { value, error };
}
