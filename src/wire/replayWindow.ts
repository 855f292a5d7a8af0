/** Remembers which datagrams were received, so that a second copy is recognised (the idea of RFC 4303 §3.4.3). */
import type { NodeId } from '../raft/types.ts';
import type { DatagramHeader } from './header.ts';

export interface ReplayWindowSettings {
  /**
   * Whether second copies are refused. Raft tolerates them (Raft §5.1: RPCs are idempotent), so a lesson may let them
   * through; on a LAN they are always refused, because a copy may be an attacker's.
   */
  readonly refuseDuplicates: boolean;
  /** How many counters back from the highest one a sender's datagrams are told apart; a multiple of 32. */
  readonly windowSize: number;
}

/**
 * A window wide enough for a sender whose other links hold thousands of delayed datagrams, or are busy with fragments:
 * one of the longest messages to each of 14 others is 28 000 datagrams.
 */
export const REPLAY_WINDOW_DEFAULTS: ReplayWindowSettings = { refuseDuplicates: true, windowSize: 65_536 };

/** Late datagrams from this many boots of a sender are told apart; those from older boots are refused. */
const BOOTS_PER_SENDER_MAX = 4;
/** The most senders, all of them known to the caller; beyond it, the one heard from longest ago is dropped. */
const SENDERS_MAX = 64;

/** One window per receiver, for all its senders. Memory: at most 64 senders × 4 boots × windowSize bits. */
export class ReplayWindow {
  readonly #settings: ReplayWindowSettings;
  readonly #senders = new Map<NodeId, BootWindow[]>();

  constructor(settings: Partial<ReplayWindowSettings> = {}) {
    this.#settings = { ...REPLAY_WINDOW_DEFAULTS, ...settings };
    const { windowSize } = this.#settings;
    if (!Number.isInteger(windowSize) || windowSize < 32 || windowSize % 32 !== 0) {
      throw new RangeError(`a replay window of ${windowSize} is not a positive multiple of 32`);
    }
  }

  /**
   * Notes a datagram.
   * @returns whether it may be delivered: not a second copy, nor one so old that it cannot be told from a copy
   */
  accept(header: DatagramHeader): boolean {
    const window = this.#windowOf(header.sender, header.boot);
    const isNew = window?.note(header.counter) === true;
    return isNew || !this.#settings.refuseDuplicates;
  }

  /** Whether this is the latest datagram accepted from its sender. */
  isLatest({ sender, boot, counter }: DatagramHeader): boolean {
    const latest = this.#senders.get(sender)?.at(-1);
    return latest?.boot === boot && latest.highest === counter;
  }

  #windowOf(sender: NodeId, boot: number): BootWindow | undefined {
    const windows = this.#senders.get(sender) ?? [];
    this.#senders.delete(sender);
    this.#senders.set(sender, windows); // the latest heard is last
    if (this.#senders.size > SENDERS_MAX) {
      for (const oldest of this.#senders.keys()) {
        this.#senders.delete(oldest);
        break;
      }
    }
    const known = windows.find((window) => window.boot === boot);
    if (known !== undefined) return known;
    const oldestBoot = windows[0]?.boot ?? 0;
    if (windows.length === BOOTS_PER_SENDER_MAX && boot < oldestBoot) return undefined;
    windows.push(new BootWindow(boot, this.#settings.windowSize));
    windows.sort((a, b) => a.boot - b.boot);
    if (windows.length > BOOTS_PER_SENDER_MAX) windows.shift();
    return windows.find((window) => window.boot === boot);
  }
}

/** A ring of bits, one per counter, for one boot of one sender. */
class BootWindow {
  readonly boot: number;
  readonly #size: number;
  readonly #bits: Uint32Array;
  #highest = 0;

  constructor(boot: number, size: number) {
    this.boot = boot;
    this.#size = size;
    this.#bits = new Uint32Array(size / 32);
  }

  get highest(): number {
    return this.#highest;
  }

  /** Marks a counter as seen; false when it was seen before, or is behind the window. */
  note(counter: number): boolean {
    if (counter > this.#highest) {
      this.#advanceTo(counter);
    } else if (counter <= this.#highest - this.#size || this.#isSet(counter)) {
      return false;
    }
    this.#set(counter);
    return true;
  }

  #advanceTo(counter: number): void {
    if (counter - this.#highest >= this.#size) {
      this.#bits.fill(0);
    } else {
      for (let skipped = this.#highest + 1; skipped <= counter; skipped += 1) this.#clear(skipped);
    }
    this.#highest = counter;
  }

  #isSet(counter: number): boolean {
    const bit = counter % this.#size;
    return ((this.#bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
  }

  #set(counter: number): void {
    const bit = counter % this.#size;
    this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
  }

  #clear(counter: number): void {
    const bit = counter % this.#size;
    this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) & ~(1 << (bit & 31));
  }
}
