/** Random numbers from a seed: the same seed gives the same numbers on every machine, so that a run can be repeated. */

/** The generator sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, integers only, so the same everywhere. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param label keeps streams from one seed apart, so that one more draw here does not change every choice there */
  constructor(seed: number, label: string) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    this.#c = hashText(label);
    for (let i = 0; i < 12; i += 1) {
      this.#next();
    }
  }

  /** Uniform in [0, 1). */
  float(): number {
    return this.#next() / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.float() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  /** @throws RangeError when there is nothing to pick from */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.int(0, items.length - 1)];
    if (item === undefined) {
      throw new RangeError('nothing to pick from');
    }
    return item;
  }

  /** The items in a random order; the list itself stays as it is. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const result = [...items];
    for (let last = result.length - 1; last > 0; last -= 1) {
      const other = this.int(0, last);
      [result[last], result[other]] = [result[other] as Item, result[last] as Item];
    }
    return result;
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return sum >>> 0;
  }
}

/** FNV-1a over UTF-16 units; used to tell contents and labels apart, not secure against deliberate collisions. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** FNV-1a over bytes. @param begun the hash of the bytes before them */
export function hashBytes(bytes: Uint8Array, begun = 0x811c9dc5): number {
  let hash = begun;
  for (const byte of bytes) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

/** Adds one more whole number to a hash. */
export function mixHash(hash: number, value: number): number {
  return Math.imul(Math.imul(hash ^ (value >>> 0), 0x01000193) ^ Math.floor(value / 2 ** 32), 0x85ebca6b) >>> 0;
}
