/** The key-value pairs as they were at one moment, read while they continue to change (copy on write). */
import type { KvPair } from './commands.ts';

/**
 * Holds the list of keys of that moment and the values that were replaced since; every other value is still the live
 * one. The owner calls `keep` before each change of a key.
 */
export class FrozenPairs implements Iterable<KvPair> {
  readonly #keys: readonly (readonly string[])[];
  readonly #live: ReadonlyMap<string, string>;
  /** Values of that moment that are gone from the live map. */
  readonly #replaced = new Map<string, string>();

  /** @param keys the keys of this moment, ascending, in blocks of any size */
  constructor(keys: readonly (readonly string[])[], live: ReadonlyMap<string, string>) {
    this.#keys = keys;
    this.#live = live;
  }

  /** The value of `key` is about to change or to be removed. */
  keep(key: string): void {
    const value = this.#live.get(key);
    // Only the first change matters. The value of a key that is newer than the frozen ones is kept needlessly: nobody
    // asks for it.
    if (value !== undefined && !this.#replaced.has(key)) this.#replaced.set(key, value);
  }

  * [Symbol.iterator](): Generator<KvPair, void> {
    for (const block of this.#keys) {
      for (const key of block) {
        const value = this.#replaced.get(key) ?? this.#live.get(key);
        if (value === undefined) throw new Error(`the frozen value of key ${JSON.stringify(key)} was not kept`);
        yield { key, value };
      }
    }
  }
}
