/** Virtual time: scheduled actions, in the order in which they happen. */

/** Microseconds since the run began. */
export type Micros = number;

interface Appointment {
  readonly at: Micros;
  /** Breaks ties: what was scheduled first happens first. */
  readonly order: number;
  readonly action: () => void;
}

/** More would mean that something schedules without end. */
const APPOINTMENTS_MAX = 1_000_000;

/** A queue of appointments (a binary heap) and the clock that jumps from one to the next. */
export class Schedule {
  #now: Micros = 0;
  #order = 0;
  readonly #heap: Appointment[] = [];

  get now(): Micros {
    return this.#now;
  }

  /** @throws RangeError when far too much is scheduled */
  after(delay: Micros, action: () => void): void {
    if (this.#heap.length >= APPOINTMENTS_MAX) {
      throw new RangeError(`more than ${APPOINTMENTS_MAX} appointments at ${this.#now} µs`);
    }
    this.#heap.push({ at: this.#now + Math.max(0, delay), order: this.#order, action });
    this.#order += 1;
    this.#rise(this.#heap.length - 1);
  }

  /** Runs the next action; false when none is left or it comes after `until`. */
  runNext(until: Micros): boolean {
    const first = this.#heap[0];
    if (first === undefined || first.at > until) {
      return false;
    }
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    this.#now = first.at;
    first.action();
    return true;
  }

  /** Nothing more happens until then. @throws RangeError when something is due before */
  advanceTo(at: Micros): void {
    const first = this.#heap[0];
    if (first !== undefined && first.at < at) throw new RangeError(`something is due at ${first.at}, before ${at}`);
    this.#now = Math.max(this.#now, at);
  }

  #rise(start: number): void {
    for (let child = start; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfEarlier(child, parent)) {
        return;
      }
      child = parent;
    }
  }

  #sink(start: number): void {
    for (let parent = start; ;) {
      const left = 2 * parent + 1;
      const child = left + 1 < this.#heap.length && this.#isEarlier(left + 1, left) ? left + 1 : left;
      if (child >= this.#heap.length || !this.#swapIfEarlier(child, parent)) {
        return;
      }
      parent = child;
    }
  }

  #swapIfEarlier(child: number, parent: number): boolean {
    if (!this.#isEarlier(child, parent)) {
      return false;
    }
    [this.#heap[parent], this.#heap[child]] = [this.#at(child), this.#at(parent)];
    return true;
  }

  #isEarlier(a: number, b: number): boolean {
    const first = this.#at(a);
    const second = this.#at(b);
    return first.at < second.at || (first.at === second.at && first.order < second.order);
  }

  #at(position: number): Appointment {
    const appointment = this.#heap[position];
    if (appointment === undefined) {
      throw new RangeError(`no appointment ${position} of ${this.#heap.length}`);
    }
    return appointment;
  }
}
