/** The keys for completion: from commands, answers and a node's key-value state. */

/** Enough for completion, few enough to search on every keystroke. */
export const KNOWN_KEYS_MAX = 2000;

/** A set of keys that forgets the one seen longest ago when it is full. */
export class KnownKeys {
  /** A Set iterates in the order of insertion, so its first element is the one seen longest ago. */
  readonly #keys = new Set<string>();

  /** Remembers a key as just seen. */
  add(key: string): void {
    if (key === '') return;
    this.#keys.delete(key);
    this.#keys.add(key);
    if (this.#keys.size <= KNOWN_KEYS_MAX) return;
    for (const oldest of this.#keys) {
      this.#keys.delete(oldest);
      return;
    }
  }

  /** Forgets a key: it was deleted. */
  delete(key: string): void {
    this.#keys.delete(key);
  }

  /** Forgets everything: another lab was opened. */
  clear(): void {
    this.#keys.clear();
  }

  /** The keys in alphabetical order. */
  sorted(): string[] {
    return [...this.#keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }
}
