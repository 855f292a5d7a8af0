/** Virtual time: scheduled actions, in the order in which they happen. */
import type { Datagram } from './datagram.ts';
import type { NodeId } from '../raft/index.ts';

/** Microseconds since the run began. */
export type Micros = number;

/** What an appointment is, for whoever shows what comes next. */
export type Subject =
  | { readonly type: 'datagram'; readonly datagram: Datagram }
  | { readonly type: 'tick' | 'timer' | 'write' | 'turn'; readonly node: NodeId };

export interface Appointment {
  readonly at: Micros;
  /** Names it. It also breaks ties: what was scheduled first happens first. */
  readonly order: number;
  readonly action: () => void;
  /** Undefined for what is nobody's business. */
  readonly subject: Subject | undefined;
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

  /** @returns the appointment's name (`take`) @throws RangeError when far too much is scheduled */
  after(delay: Micros, action: () => void, subject?: Subject): number {
    if (this.#heap.length >= APPOINTMENTS_MAX) {
      throw new RangeError(`more than ${APPOINTMENTS_MAX} appointments at ${this.#now} µs`);
    }
    const order = this.#order;
    this.#heap.push({ at: this.#now + Math.max(0, delay), order, action, subject });
    this.#order += 1;
    this.#rise(this.#heap.length - 1);
    return order;
  }

  /** When the next action is due; undefined when none is left. */
  get nextAt(): Micros | undefined {
    return this.#heap[0]?.at;
  }

  /** Runs the next action; false when none is left or it comes after `until`. */
  runNext(until: Micros): boolean {
    const first = this.#heap[0];
    if (first === undefined || first.at > until) {
      return false;
    }
    this.#remove(0);
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

  /** All appointments, the next one first. */
  pending(): readonly Appointment[] {
    return this.#heap.toSorted((a, b) => a.at - b.at || a.order - b.order);
  }

  /** Cancels an appointment. @returns it; undefined when there is none of this name */
  take(order: number): Appointment | undefined {
    const position = this.#heap.findIndex((appointment) => appointment.order === order);
    const taken = this.#heap[position];
    if (taken !== undefined) this.#remove(position);
    return taken;
  }

  #remove(position: number): void {
    const last = this.#heap.pop();
    if (last !== undefined && position < this.#heap.length) {
      this.#heap[position] = last;
      this.#sink(position);
      this.#rise(position);
    }
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
