/** A sender and a receiver of fragments in virtual time, with a bad network between them; all from one seed. */
import { crc32 } from 'node:zlib';
import { cutOf, rangeOf } from '../../src/wire/fragments.ts';
import { FragmentReceiver, FragmentSender } from '../../src/wire/index.ts';
import type { DatagramHeader, Fragment, FragmentsReceived } from '../../src/wire/index.ts';

export interface LinkSettings {
  readonly seed: number;
  readonly lossPercent: number;
  readonly duplicatePercent: number;
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly dataBytesMax: number;
  /** The virtual time after which `transfer` stops. */
  readonly limitMs: number;
}

const DEFAULTS: LinkSettings = {
  seed: 1, lossPercent: 0, duplicatePercent: 0, delayMs: 0.1, jitterMs: 0, dataBytesMax: 1120, limitMs: 200_000,
};
const BOOT = 3;

interface Arrival {
  readonly atMs: number;
  readonly order: number;
  readonly take: () => void;
}

export class FragmentLink {
  readonly sender: FragmentSender;
  receiver = new FragmentReceiver(crc32);
  /** Bodies that became whole, in their order. */
  readonly bodies: Uint8Array[] = [];
  nowMs = 1000;
  fragmentsSent = 0;
  repeated = 0;
  words = 0;
  underWayMax = 0;
  /** The longest time that the sender was about to wait for a word. */
  longestWaitMs = 0;
  readonly #settings: LinkSettings;
  #arrivals: Arrival[] = [];
  #order = 0;
  #counter = 0;
  #receiverBoot = 1;
  #random: number;

  constructor(settings: Partial<LinkSettings> = {}) {
    this.#settings = { ...DEFAULTS, ...settings };
    this.sender = new FragmentSender(BOOT, this.#settings.dataBytesMax, crc32);
    this.#random = this.#settings.seed >>> 0;
  }

  /** Forgets all that had arrived, as a receiver that was started anew does. */
  restartReceiver(): void {
    this.receiver = new FragmentReceiver(crc32);
    this.#receiverBoot += 1;
  }

  /**
   * Sends a message and lets time pass until it has arrived and its sender knows, or `limitMs` is over.
   * @param onStep called at each moment at which something happens
   * @returns how long it took; undefined when it did not arrive
   */
  transfer(message: number, body: Uint8Array, onStep: () => void = () => undefined): number | undefined {
    const startedAtMs = this.nowMs;
    this.sender.start(message, body, this.nowMs);
    this.#pump();
    while (this.sender.isBusy) {
      this.#arrivals.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      const next = Math.min(this.#arrivals[0]?.atMs ?? Infinity, this.sender.deadlineMs, this.receiver.deadlineMs);
      if (next - startedAtMs > this.#settings.limitMs || next === Infinity) return undefined;
      this.nowMs = Math.max(this.nowMs, next);
      if (this.sender.isOverdue(this.nowMs)) return undefined;
      onStep();
      const due = this.#arrivals.filter(({ atMs }) => atMs <= this.nowMs);
      this.#arrivals = this.#arrivals.filter(({ atMs }) => atMs > this.nowMs);
      for (const { take } of due) take();
      this.#pump();
    }
    return this.nowMs - startedAtMs;
  }

  #pump(): void {
    for (const { fragment, isRepeated } of this.sender.take(this.nowMs)) {
      this.fragmentsSent += 1;
      if (isRepeated) this.repeated += 1;
      const counter = this.#nextCounter();
      this.#carry(() => this.#arrive(counter, fragment));
    }
    if (this.sender.isBusy) this.longestWaitMs = Math.max(this.longestWaitMs, this.sender.deadlineMs - this.nowMs);
    const inTheAir = this.#arrivals.length;
    this.underWayMax = Math.max(this.underWayMax, inTheAir);
    for (const { received } of this.receiver.acknowledgements(this.nowMs)) {
      this.words += 1;
      const header = { sender: 2, receiver: 1, boot: this.#receiverBoot, counter: this.#nextCounter() };
      this.#carry(() => this.#hear(header, received));
    }
    this.receiver.abandoned(this.nowMs);
  }

  #arrive(counter: number, fragment: Fragment): void {
    const outcome = this.receiver.accept({ sender: 1, receiver: 2, boot: BOOT, counter }, fragment, this.nowMs);
    if (outcome.type === 'complete') this.bodies.push(outcome.body);
  }

  #hear(header: { sender: number; receiver: number; boot: number; counter: number }, word: FragmentsReceived): void {
    this.sender.acknowledge(header, word, this.nowMs);
  }

  #carry(take: () => void): void {
    if (this.#chance(this.#settings.lossPercent)) return;
    const copies = this.#chance(this.#settings.duplicatePercent) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      this.#order += 1;
      const { delayMs, jitterMs } = this.#settings;
      this.#arrivals.push({ atMs: this.nowMs + delayMs + this.#draw() * jitterMs, order: this.#order, take });
    }
  }

  #nextCounter(): number {
    this.#counter += 1;
    return this.#counter;
  }

  #chance(percent: number): boolean {
    return percent > 0 && this.#draw() * 100 < percent;
  }

  /** Uniform in 0..1: mulberry32. */
  #draw(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#random ^ (this.#random >>> 15), 1 | this.#random);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** Bytes that are the same for the same length and no two parts of which are alike. */
export function bodyOf(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, at) => (at * 31 + (at >>> 8) * 7 + (at >>> 16)) & 0xff);
}

/** A body cut into its fragments. */
export function fragmentsOf(body: Uint8Array, dataBytesMax: number, message = 7): Fragment[] {
  const cut = cutOf(body, dataBytesMax, crc32);
  return Array.from({ length: cut.count }, (_, index) => {
    const { start, end } = rangeOf(cut, index);
    return { ...cut, message, index, data: body.subarray(start, end) };
  });
}

/** The header of a datagram to the node that is tested. */
export function headerOf(sender: number, counter = 1, boot = 1): DatagramHeader {
  return { sender, receiver: 9, boot, counter };
}
