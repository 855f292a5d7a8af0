/** The rows of a log that were read from the file. Committed entries never change; the others may be replaced. */
import type { DiskPage, LogRow } from '../../contract/answers.ts';

/** The most rows kept: a long log is not kept as a whole. */
const ROWS_MAX = 4000;

export class LogCache {
  readonly #rows = new Map<number, LogRow>();
  /** Everything up to here was committed when it was read. */
  #settled = 0;

  row(index: number): LogRow | undefined {
    return this.#rows.get(index);
  }

  clear(): void {
    this.#rows.clear();
    this.#settled = 0;
  }

  /** Adds a page. Rows that may have been replaced since they were read are forgotten first. */
  add(page: DiskPage): void {
    for (const index of this.#rows.keys()) {
      if (index > this.#settled || index < page.firstIndex) this.#rows.delete(index);
    }
    this.#settled = Math.max(this.#settled, page.hardState.commitIndex);
    for (const row of page.rows) this.#rows.set(row.index, row);
    for (const index of this.#rows.keys()) {
      if (this.#rows.size <= ROWS_MAX) break;
      this.#rows.delete(index);
    }
  }

  /**
   * The part of a visible range that must be read: from the newest missing index down. Null when nothing is missing.
   * @param newest the highest visible index
   * @param oldest the lowest visible index
   */
  missing(newest: number, oldest: number): { readonly fromIndex: number; readonly count: number } | null {
    for (let index = newest; index >= oldest; index--) {
      if (!this.#rows.has(index)) return { fromIndex: index, count: index - oldest + 1 };
    }
    return null;
  }
}
