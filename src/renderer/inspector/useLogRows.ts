/** A node's log as rows for a table that shows a part of it: visible rows are read from the file, page by page. */
import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import type { ComputedRef, Ref } from 'vue';
import type { DiskPage, LogRow } from '../../contract/answers.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import type { NodeView } from '../../trace/view.ts';
import { useActions } from '../stores/actions.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { LogCache } from './logCache.ts';
import { writtenState } from './useNodeDisk.ts';

/** The least length of a page, so that scrolling a little needs no request. */
const PAGE_ROWS_MIN = 60;
const PAGE_ROWS_MAX = 500;
/** The pause between two readings. */
const PAUSE_MS = 300;

export interface LogBounds {
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Everything up to here is known to be committed: by the running node, or by a dead node's file. */
  readonly commitIndex: number;
}

/** The indexes that are on the screen, newest first. */
export interface VisibleRange {
  readonly newest: number;
  readonly oldest: number;
}

export interface LogRows {
  readonly bounds: ComputedRef<LogBounds | null>;
  readonly error: Readonly<Ref<LabErrorData | null>>;
  /** The row at an index, or undefined while it is being read. The call tracks the rows reactively. */
  readonly row: (index: number) => LogRow | undefined;
}

export function useLogRows(node: () => NodeView, visible: () => VisibleRange | null): LogRows {
  const actions = useActions();
  const cluster = useClusterStore();
  const cache = new LogCache();
  const page = shallowRef<DiskPage | null>(null);
  const error = shallowRef<LabErrorData | null>(null);
  let generation = 0;
  let changed = true;
  let reading = false;
  let disposed = false;

  const bounds = computed<LogBounds | null>(() => {
    if (page.value === null) return null;
    const { firstIndex, lastIndex, hardState } = page.value;
    const { life, commitIndex } = node();
    const alive = life === 'running' || life === 'paused';
    const known = alive ? Math.max(commitIndex, hardState.commitIndex) : hardState.commitIndex;
    return { firstIndex, lastIndex, commitIndex: known };
  });

  /** What to read next; null when all visible rows are there and nothing has changed. */
  function wanted(): { fromIndex?: number; count: number } | null {
    const range = visible();
    const last = page.value?.lastIndex ?? 0;
    // At the newest end, no start index is given: the log grows during the request.
    if (changed && (range === null || range.newest >= last)) {
      return { count: PAGE_ROWS_MIN };
    }
    if (range === null) return null;
    const missing = changed
      ? { fromIndex: range.newest, count: range.newest - range.oldest + 1 }
      : cache.missing(range.newest, range.oldest);
    return missing === null
      ? null
      : { ...missing, count: Math.min(PAGE_ROWS_MAX, Math.max(PAGE_ROWS_MIN, missing.count)) };
  }

  async function readOnce(request: { fromIndex?: number; count: number }): Promise<boolean> {
    const asked = generation;
    changed = false;
    const reply = await actions.readDisk({ node: node().name, ...request });
    if (disposed || asked !== generation) return true;
    error.value = reply.ok ? null : reply.error;
    if (!reply.ok) return false;
    cache.add(reply.value);
    page.value = reply.value;
    return true;
  }

  async function read(): Promise<void> {
    if (reading) return;
    reading = true;
    for (let request = wanted(); request !== null && !disposed; request = wanted()) {
      if (!(await readOnce(request))) break;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    reading = false;
  }

  watch(() => `${node().name} ${node().incarnation}`, () => {
    generation += 1;
    cache.clear();
    page.value = null;
    error.value = null;
    changed = true;
    void read();
  }, { immediate: true });
  // At an earlier moment of a simulated lab even committed entries are others.
  watch(() => cluster.traceNumber, () => { cache.clear(); });
  watch([() => cluster.traceNumber, () => writtenState(node())], () => {
    changed = true;
    void read();
  });
  watch(visible, () => void read());
  onScopeDispose(() => { disposed = true; });

  function row(index: number): LogRow | undefined {
    return page.value === null ? undefined : cache.row(index);
  }

  return { bounds, error, row };
}
