/**
 * A set of operation numbers with a hash that is kept up to date, so that the checker can remember what it has tried.
 */

const BITS_PER_WORD = 32;

/** Numbers 0 … size − 1. */
export class OperationSet {
  readonly #words: Uint32Array;
  #hash = 0;

  constructor(size: number) {
    this.#words = new Uint32Array(Math.ceil(size / BITS_PER_WORD));
  }

  get hash(): number {
    return this.#hash;
  }

  /** Adds a number that is not in the set, or removes one that is. */
  toggle(operation: number): void {
    const word = operation >>> 5;
    const current = this.#words[word];
    if (current === undefined) {
      throw new RangeError(`operation ${operation} is outside a set of ${this.#words.length * BITS_PER_WORD}`);
    }
    this.#words[word] = current ^ (1 << (operation & 31));
    // Each number contributes a scrambled constant, so that the hash of a set does not depend on the order of
    // additions.
    this.#hash = (this.#hash ^ scrambled(operation)) >>> 0;
  }

  /** A copy of the members, to compare with later. */
  snapshot(): Uint32Array {
    return this.#words.slice();
  }

  equals(snapshot: Uint32Array): boolean {
    for (let position = 0; position < this.#words.length; position += 1) {
      if (this.#words[position] !== snapshot[position]) return false;
    }
    return true;
  }
}

/** The finalizer of MurmurHash3 (Austin Appleby, public domain): neighbouring numbers give very different hashes. */
function scrambled(number: number): number {
  let hash = number + 1;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
