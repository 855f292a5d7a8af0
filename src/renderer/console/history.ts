/** The earlier lines of the console: bounded, kept across restarts, browsed with the arrow keys. */

/** Where the history is kept: `window.localStorage`, or a stand-in. */
export type HistoryStorage = Pick<Storage, 'getItem' | 'setItem'>;

export const HISTORY_LINES_MAX = 500;
/** Longer lines (a pasted value of up to 1 MiB) are not kept: localStorage holds about 5 MB in total. */
export const HISTORY_LINE_LENGTH_MAX = 2000;

const STORAGE_KEY = 'raftlab.console.history';

/**
 * The entered lines, oldest first, and the position of a person who browses them. If the storage is full, forbidden or
 * damaged, only the history is lost: the console still works.
 */
export class CommandHistory {
  readonly #storage: HistoryStorage | null;
  #lines: string[];
  /** Index of the displayed line; `#lines.length` means the line being written. */
  #position: number;
  #draft = '';

  constructor(storage: HistoryStorage | null) {
    this.#storage = storage;
    this.#lines = readLines(storage);
    this.#position = this.#lines.length;
  }

  /** All lines, oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Adds an entered line and returns to the end. A line that repeats the last one is kept once. */
  add(line: string): void {
    const text = line.trim();
    if (text !== '' && text.length <= HISTORY_LINE_LENGTH_MAX && text !== this.#lines.at(-1)) {
      this.#lines.push(text);
      if (this.#lines.length > HISTORY_LINES_MAX) this.#lines = this.#lines.slice(-HISTORY_LINES_MAX);
      this.#save();
    }
    this.leave();
  }

  /** The line before the displayed one; null at the oldest. `draft` is the input's text, kept for the way back. */
  older(draft: string): string | null {
    if (this.#position === 0) return null;
    if (this.#position === this.#lines.length) this.#draft = draft;
    this.#position -= 1;
    return this.#lines[this.#position] ?? null;
  }

  /** The line after the displayed one, and finally the draft; null when the draft is already shown. */
  newer(): string | null {
    if (this.#position === this.#lines.length) return null;
    this.#position += 1;
    return this.#lines[this.#position] ?? this.#draft;
  }

  /** Ends browsing: the next `older` starts at the newest line again. */
  leave(): void {
    this.#position = this.#lines.length;
    this.#draft = '';
  }

  #save(): void {
    try {
      this.#storage?.setItem(STORAGE_KEY, JSON.stringify(this.#lines));
    } catch {
      // A full storage: the history lasts until the window closes.
    }
  }
}

function readLines(storage: HistoryStorage | null): string[] {
  try {
    const parsed: unknown = JSON.parse(storage?.getItem(STORAGE_KEY) ?? '[]');
    if (!Array.isArray(parsed)) return [];
    const lines = parsed.filter((line): line is string => typeof line === 'string' && line !== '');
    return lines.slice(-HISTORY_LINES_MAX);
  } catch {
    return [];
  }
}
