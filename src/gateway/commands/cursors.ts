/** Where SCANs of a door go on: a cursor is a number, and the protocol has no other place for a key. */
import { randomInt } from 'node:crypto';

/** Beyond it, the oldest cursor is forgotten. */
const CURSORS_MAX = 1024;
/** A cursor of another door, or of this one's last opening, is hardly ever one of this one's. */
const FIRST_CURSOR_MAX = 2 ** 40;

export interface ScanPlace {
  readonly prefix: string;
  /** The last key that was listed. */
  readonly after: string;
}

export class Cursors {
  readonly #places = new Map<number, ScanPlace>();
  #next = 1 + randomInt(FIRST_CURSOR_MAX);

  add(place: ScanPlace): number {
    const cursor = this.#next;
    this.#next += 1;
    this.#places.set(cursor, place);
    const [oldest] = this.#places.keys();
    if (this.#places.size > CURSORS_MAX && oldest !== undefined) {
      this.#places.delete(oldest);
    }
    return cursor;
  }

  /** It stays: a client that missed the reply asks again. */
  get(cursor: number): ScanPlace | undefined {
    return this.#places.get(cursor);
  }
}
