/** A set of keys in the order of their bytes, in blocks, so that neither a write nor a listing sorts everything. */
import { compareByBytes, startsWithBytes } from './text.ts';

/** A full block is cut in two. Large enough for few blocks, small enough that an insertion moves little. */
const BLOCK_KEYS_MAX = 1024;

/** Insertion and removal cost O(log n) comparisons, and move at most one block and the list of blocks. */
export class OrderedKeys {
  /** Invariant: no block is empty; keys ascend within a block and from each block to the next. */
  readonly #blocks: string[][] = [];

  /** Adds a key that is not in the set. */
  add(key: string): void {
    const blockAt = Math.max(0, this.#blockFor(key));
    const block = this.#blocks[blockAt];
    if (block === undefined) {
      this.#blocks.push([key]);
      return;
    }
    const at = firstNotBelow(block, key);
    if (block[at] === key) throw new Error(`key ${JSON.stringify(key)} is added to the ordered keys twice`);
    block.splice(at, 0, key);
    if (block.length > BLOCK_KEYS_MAX) this.#blocks.splice(blockAt + 1, 0, block.splice(BLOCK_KEYS_MAX / 2));
  }

  /** Removes a key that is in the set. */
  delete(key: string): void {
    const blockAt = this.#blockFor(key);
    const block = this.#blocks[blockAt] ?? [];
    const at = firstNotBelow(block, key);
    if (block[at] !== key) throw new Error(`key ${JSON.stringify(key)} is not among the ordered keys`);
    block.splice(at, 1);
    if (block.length === 0) this.#blocks.splice(blockAt, 1);
  }

  /**
   * The keys whose bytes begin with those of `prefix`, ascending; of those only the ones behind `after`. The set must
   * not be changed meanwhile.
   */
  * withPrefix(prefix: string, after?: string): Generator<string, void> {
    const start = after !== undefined && compareByBytes(after, prefix) > 0 ? after : prefix;
    const firstBlock = Math.max(0, this.#blockFor(start));
    for (let blockAt = firstBlock; blockAt < this.#blocks.length; blockAt += 1) {
      const block = this.#blocks[blockAt] ?? [];
      for (let at = blockAt === firstBlock ? firstNotBelow(block, start) : 0; at < block.length; at += 1) {
        const key = block[at] ?? '';
        if (!startsWithBytes(key, prefix)) return; // keys with one prefix are adjacent
        if (key !== after) yield key;
      }
    }
  }

  /** The keys as they are now, ascending, in the set's own blocks: the cheapest copy there is. */
  copy(): readonly (readonly string[])[] {
    return this.#blocks.map((block) => block.slice());
  }

  /** The last block whose first key is not above `key`: where the key is or belongs; -1 when it is below all. */
  #blockFor(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareByBytes(this.#blocks[middle]?.[0] ?? '', key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** The position of the first key that is `key` or above it. */
function firstNotBelow(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareByBytes(keys[middle] ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
