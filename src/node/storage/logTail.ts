/** The newest entries of the log, kept in memory within a bound, because the core reads them for every message. */
import { invariant } from '../../raft/assert.ts';
import { entryBytes } from '../../raft/storage.ts';
import type { Entry, Index } from '../../raft/types.ts';

const TAIL_ENTRIES_MAX = 4096;
const TAIL_BYTES_MAX = 8 * 1024 * 1024;

/** A contiguous run of entries that ends with the log's last one. Older entries fall out at the front. */
export class LogTail {
  #entries: Entry[] = [];
  #bytes = 0;

  /** The index of the oldest entry held, or undefined when it holds none. */
  get firstIndex(): Index | undefined {
    return this.#entries[0]?.index;
  }

  /** The entry at `index`, or undefined when it is not held. */
  get(index: Index): Entry | undefined {
    const first = this.#entries[0];
    return first === undefined ? undefined : this.#entries[index - first.index];
  }

  /** The entries with `low <= index < high`; all of them must be held. */
  slice(low: Index, high: Index): readonly Entry[] {
    const first = this.#entries[0];
    invariant(
      first !== undefined && low >= first.index && high <= first.index + this.#entries.length,
      () => `log tail holds ${this.#entries.length} entries from ${String(first?.index)}, not [${low}, ${high})`,
    );
    return this.#entries.slice(low - first.index, high - first.index);
  }

  /** Adds entries that follow the last one. */
  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const last = this.#entries.at(-1);
      invariant(
        last === undefined || entry.index === last.index + 1,
        () => `log tail ends at ${String(last?.index)}, and ${entry.index} does not follow`,
      );
      this.#entries.push(entry);
      this.#bytes += entryBytes(entry);
    }
    this.#shrink();
  }

  /** Forgets the entries from `index` on. */
  truncateFrom(index: Index): void {
    const first = this.#entries[0];
    if (first === undefined) {
      return;
    }
    for (const entry of this.#entries.splice(Math.max(0, index - first.index))) {
      this.#bytes -= entryBytes(entry);
    }
  }

  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
  }

  #shrink(): void {
    // Removes a quarter at a time, so that the array is not moved for every entry.
    while (this.#entries.length > TAIL_ENTRIES_MAX || (this.#bytes > TAIL_BYTES_MAX && this.#entries.length > 1)) {
      const count = Math.max(1, Math.floor(this.#entries.length / 4));
      for (const entry of this.#entries.splice(0, count)) {
        this.#bytes -= entryBytes(entry);
      }
    }
  }
}
