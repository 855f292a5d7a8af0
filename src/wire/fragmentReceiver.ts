/** Puts fragments together again, and says which have arrived, so that the others are sent again. */
import type { NodeId } from '../raft/types.ts';
import { isSameCut, isWhole, MESSAGE_BYTES_MAX, MESSAGE_LIFETIME_MS_MAX, rangeOf } from './fragments.ts';
import type { Crc32, Fragment, FragmentsReceived } from './fragments.ts';
import type { DatagramHeader } from './header.ts';

/** The most memory for messages that are not whole yet, over all senders. */
export const INCOMPLETE_BYTES_MAX = 32 * 1024 * 1024;

/** The most senders, all of them known to the caller; beyond it, the one heard from longest ago is dropped. */
const SENDERS_MAX = 64;
/** A sender is told what has arrived after this many of its fragments, or this many bytes of them … */
const FRAGMENTS_PER_ACKNOWLEDGEMENT = 8;
const BYTES_PER_ACKNOWLEDGEMENT = 64 * 1024;
/** … and in any case within this time. */
const ACKNOWLEDGEMENT_DELAY_MS = 5;

export type FragmentOutcome =
  /** Kept until its message is whole. */
  | { readonly type: 'kept' }
  /** The last one that was missing: the message's body. */
  | { readonly type: 'complete'; readonly body: Uint8Array }
  /** `duplicate`: this one, its whole message or a later message arrived before. `queue-full`: no memory for it. */
  | { readonly type: 'refused'; readonly reason: 'malformed' | 'duplicate' | 'queue-full' };

/** Which fragments have arrived, for the sender of their message. */
export interface Acknowledgement {
  readonly to: NodeId;
  readonly received: FragmentsReceived;
}

/** A message that never became whole. */
export interface AbandonedMessage {
  readonly sender: NodeId;
  readonly boot: number;
  readonly message: number;
}

/**
 * One per receiver, for all its senders. A sender sends one message in fragments at a time, so the first fragment of a
 * later one shows that the earlier one was given up: there is at most one incomplete message for each sender.
 */
export class FragmentReceiver {
  readonly #crc32: Crc32;
  readonly #incompleteBytesMax: number;
  readonly #senders = new Map<NodeId, SenderState>();
  #incompleteBytes = 0;
  #abandoned: AbandonedMessage[] = [];

  constructor(crc32: Crc32, incompleteBytesMax = INCOMPLETE_BYTES_MAX) {
    this.#crc32 = crc32;
    this.#incompleteBytesMax = Math.max(incompleteBytesMax, MESSAGE_BYTES_MAX);
  }

  /** Bytes set aside for messages that are not whole yet. */
  get incompleteBytes(): number {
    return this.#incompleteBytes;
  }

  /**
   * When `acknowledgements` or `abandoned` has something to return, if nothing arrives before; Infinity: not at all.
   */
  get deadlineMs(): number {
    if (this.#abandoned.length > 0) return -Infinity;
    let deadlineMs = Infinity;
    for (const state of this.#senders.values()) deadlineMs = Math.min(deadlineMs, state.deadlineMs);
    return deadlineMs;
  }

  /** Takes a fragment whose datagram passed every check, the replay window's included. Keeps no reference to it. */
  accept(header: DatagramHeader, fragment: Fragment, nowMs: number): FragmentOutcome {
    const state = this.#stateOf(header.sender);
    if (state.isLater(header.boot, fragment.message)) {
      const freedBytes = state.incomplete?.bytes ?? 0;
      if (this.#incompleteBytes - freedBytes + fragment.bytes > this.#incompleteBytesMax) {
        return { type: 'refused', reason: 'queue-full' };
      }
      this.#abandon(state);
      state.begin(header.boot, fragment, nowMs);
      this.#incompleteBytes += fragment.bytes;
    } else if (!state.isCurrent(header.boot, fragment.message)) {
      return { type: 'refused', reason: 'duplicate' };
    }
    return this.#add(state, fragment, nowMs);
  }

  /** The acknowledgements that are due now. Each is handed out once. */
  acknowledgements(nowMs: number): readonly Acknowledgement[] {
    const due: Acknowledgement[] = [];
    for (const state of this.#senders.values()) {
      if (state.acknowledgeAtMs <= nowMs) due.push({ to: state.sender, received: state.takeReceived() });
    }
    return due;
  }

  /** Gives up what is overdue. @returns every message that was given up since the last call */
  abandoned(nowMs: number): readonly AbandonedMessage[] {
    for (const state of this.#senders.values()) {
      if (state.expiresAtMs <= nowMs) this.#abandon(state);
    }
    const abandoned = this.#abandoned;
    this.#abandoned = [];
    return abandoned;
  }

  #add(state: SenderState, fragment: Fragment, nowMs: number): FragmentOutcome {
    const { incomplete } = state;
    if (incomplete === undefined) {
      // Its sender does not know yet that all have arrived. A message that was given up is not acknowledged.
      if (state.isComplete) state.acknowledgeAtMs = nowMs;
      return { type: 'refused', reason: 'duplicate' };
    }
    if (!isSameCut(incomplete.cut, fragment)) return { type: 'refused', reason: 'malformed' };
    if (!incomplete.add(fragment)) {
      state.acknowledgeBy(nowMs + ACKNOWLEDGEMENT_DELAY_MS);
      return { type: 'refused', reason: 'duplicate' };
    }
    if (!incomplete.isComplete) {
      state.acknowledgeBy(incomplete.needsWord ? nowMs : nowMs + ACKNOWLEDGEMENT_DELAY_MS);
      return { type: 'kept' };
    }
    state.finish(true);
    this.#incompleteBytes -= incomplete.bytes;
    state.acknowledgeAtMs = nowMs;
    // A wrong checksum does not come from the network, whose errors UDP's own checksum detects: if it were sent again,
    // the message would still be wrong.
    const { cut, body } = incomplete;
    return isWhole(cut, body, this.#crc32) ? { type: 'complete', body } : { type: 'refused', reason: 'malformed' };
  }

  #abandon(state: SenderState): void {
    if (state.incomplete === undefined) return;
    this.#incompleteBytes -= state.incomplete.bytes;
    this.#abandoned.push({ sender: state.sender, boot: state.boot, message: state.message });
    state.finish(false);
  }

  #stateOf(sender: NodeId): SenderState {
    const state = this.#senders.get(sender) ?? new SenderState(sender);
    this.#senders.delete(sender);
    this.#senders.set(sender, state); // the latest heard is last
    for (const [id, oldest] of this.#senders) {
      if (this.#senders.size <= SENDERS_MAX) break;
      this.#abandon(oldest);
      this.#senders.delete(id);
    }
    return state;
  }
}

/** What is known of one sender: its latest message in fragments, whole or not. */
class SenderState {
  readonly sender: NodeId;
  boot = -1;
  message = 0;
  /** Undefined when the message is whole or was given up. */
  incomplete: IncompleteMessage | undefined;
  isComplete = false;
  acknowledgeAtMs = Infinity;
  /** How many fragments the latest message has. */
  #count = 0;

  constructor(sender: NodeId) {
    this.sender = sender;
  }

  get expiresAtMs(): number {
    return this.incomplete?.expiresAtMs ?? Infinity;
  }

  get deadlineMs(): number {
    return Math.min(this.acknowledgeAtMs, this.expiresAtMs);
  }

  isLater(boot: number, message: number): boolean {
    return boot > this.boot || (boot === this.boot && message > this.message);
  }

  isCurrent(boot: number, message: number): boolean {
    return boot === this.boot && message === this.message;
  }

  begin(boot: number, fragment: Fragment, nowMs: number): void {
    this.boot = boot;
    this.message = fragment.message;
    this.#count = fragment.count;
    this.incomplete = new IncompleteMessage(fragment, nowMs);
    this.isComplete = false;
    this.acknowledgeAtMs = Infinity;
  }

  /** The message is complete, or given up. */
  finish(isComplete: boolean): void {
    this.incomplete = undefined;
    this.isComplete = isComplete;
    this.acknowledgeAtMs = Infinity;
  }

  acknowledgeBy(atMs: number): void {
    this.acknowledgeAtMs = Math.min(this.acknowledgeAtMs, atMs);
  }

  takeReceived(): FragmentsReceived {
    this.acknowledgeAtMs = Infinity;
    const { boot, message } = this;
    const { below, bitmap } = this.incomplete?.takeArrived() ?? { below: this.#count, bitmap: new Uint8Array() };
    return { boot, message, below, bitmap };
  }
}

/** A message with missing fragments. */
class IncompleteMessage {
  readonly cut: Fragment;
  readonly body: Uint8Array;
  readonly #arrived: Uint8Array;
  readonly #startedAtMs: number;
  #arrivedCount = 0;
  /** The first one that is missing. */
  #below = 0;
  #highest = -1;
  #unacknowledged = 0;
  #unacknowledgedBytes = 0;
  #gapOpened = false;

  constructor(cut: Fragment, nowMs: number) {
    this.cut = { ...cut, data: new Uint8Array() };
    this.body = new Uint8Array(cut.bytes);
    this.#arrived = new Uint8Array(cut.count);
    this.#startedAtMs = nowMs;
  }

  get bytes(): number {
    return this.cut.bytes;
  }

  get isComplete(): boolean {
    return this.#arrivedCount === this.cut.count;
  }

  /**
   * The receiver began after the sender, so this time does not come while the sender still tries. A receiver cannot
   * tell from silence how long the sender waits between two tries, or how many of them are lost.
   */
  get expiresAtMs(): number {
    return this.#startedAtMs + MESSAGE_LIFETIME_MS_MAX;
  }

  /** Whether to acknowledge at once: because of a gap, so that it is filled, or to let the sender's window advance. */
  get needsWord(): boolean {
    return this.#gapOpened || this.#unacknowledged >= FRAGMENTS_PER_ACKNOWLEDGEMENT
      || this.#unacknowledgedBytes >= BYTES_PER_ACKNOWLEDGEMENT;
  }

  /** @returns false when this one is there already */
  add({ index, data }: Fragment): boolean {
    if (this.#arrived[index] === 1) return false;
    this.#arrived[index] = 1;
    this.body.set(data, rangeOf(this.cut, index).start);
    this.#arrivedCount += 1;
    this.#unacknowledged += 1;
    this.#unacknowledgedBytes += data.length;
    this.#gapOpened ||= index > this.#highest + 1;
    this.#highest = Math.max(this.#highest, index);
    while (this.#arrived[this.#below] === 1) this.#below += 1;
    return true;
  }

  takeArrived(): Pick<FragmentsReceived, 'below' | 'bitmap'> {
    this.#unacknowledged = 0;
    this.#unacknowledgedBytes = 0;
    this.#gapOpened = false;
    const bitmap = new Uint8Array(Math.ceil((this.#highest + 1 - this.#below) / 8));
    for (let index = this.#below; index <= this.#highest; index += 1) {
      const bit = index - this.#below;
      if (this.#arrived[index] === 1) bitmap[bit >>> 3] = (bitmap[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
    return { below: this.#below, bitmap };
  }
}
