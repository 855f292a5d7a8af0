/** Bytes to which more are appended, without copying all of them each time. */

const CAPACITY_FIRST = 1024;

export class GrowingBytes {
  #buffer: Uint8Array;
  #length: number;

  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.#buffer = bytes;
    this.#length = bytes.length;
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(CAPACITY_FIRST, 2 * length));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }

  /** A view of the bytes from `from` up to `to`, or as many as there are. Later appends do not change it. */
  subarray(from: number, to: number): Uint8Array {
    return this.#buffer.subarray(from, Math.min(to, this.#length));
  }
}
