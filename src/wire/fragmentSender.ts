/** Sends a message in fragments: a window of them at a time. Resends those that did not arrive. */
import { cutOf, hasArrived, MESSAGE_LIFETIME_MS_MAX, rangeOf } from './fragments.ts';
import type { Crc32, Cut, Fragment, FragmentsReceived } from './fragments.ts';
import type { DatagramHeader } from './header.ts';
import { RoundTripTime } from './roundTripTime.ts';

/**
 * The most that may be under way to one receiver: 80 fragments of a LAN's size, 4 of loopback's. A Linux socket buffer
 * holds 416 KiB by default, and a datagram of 1200 bytes takes 2304 bytes of that, so two such windows fit.
 */
const WINDOW_BYTES = 240_000;
const WINDOW_FRAGMENTS_MAX = 80;
/**
 * A message is given up after this many unanswered tries in a row: half a minute on a dead link. Tries are counted
 * instead of time, so that a lossy link is not taken for a dead one, however long an answer takes.
 */
export const UNANSWERED_TRIES_MAX = 60;

/** A fragment counts as lost when one that left this many after it has arrived (RFC 9002 §6.1.1) … */
const OVERTAKEN_BY = 3;
/** … or when any that left after it has arrived, and this many round trips have passed (RFC 9002 §6.1.2). */
const ROUND_TRIPS_UNTIL_LOST = 1.25;
const LOST_AFTER_MS_MIN = 5;

/** What an acknowledgement from the receiver meant. */
export type AcknowledgementOutcome =
  /** The whole message has arrived; the next one may be started. */
  | 'complete'
  | 'progress'
  /** Nothing new, or not about the message that is under way. */
  | 'ignored'
  /** It names fragments that the message does not have. */
  | 'malformed';

/** One per receiver. It sends one message at a time; `take` hands out what should leave now. */
export class FragmentSender {
  readonly #boot: number;
  readonly #dataBytesMax: number;
  readonly #crc32: Crc32;
  readonly #roundTripTime = new RoundTripTime();
  #transfer: Transfer | undefined;

  /**
   * @param boot the sender's, as in its datagrams' headers
   * @param dataBytesMax the most bytes of a message in one datagram
   */
  constructor(boot: number, dataBytesMax: number, crc32: Crc32) {
    this.#boot = boot;
    this.#dataBytesMax = dataBytesMax;
    this.#crc32 = crc32;
  }

  /** Whether a message is under way. */
  get isBusy(): boolean {
    return this.#transfer !== undefined;
  }

  /** When to call `take` next, if nothing arrives before; Infinity: not at all. */
  get deadlineMs(): number {
    return this.#transfer?.deadlineMs ?? Infinity;
  }

  /**
   * Starts to send a message. Keeps the body until it has arrived or is given up.
   * @throws RangeError when it is too long, or another message is under way: a bug of the caller
   */
  start(message: number, body: Uint8Array, nowMs: number): void {
    if (this.#transfer !== undefined) throw new RangeError(`message ${message} is to start while another is under way`);
    const windowFragments = Math.min(WINDOW_FRAGMENTS_MAX, Math.max(1, Math.floor(WINDOW_BYTES / this.#dataBytesMax)));
    const cut = cutOf(body, this.#dataBytesMax, this.#crc32);
    this.#transfer = new Transfer(message, body, cut, windowFragments, this.#roundTripTime, nowMs);
  }

  /** The fragments to send now: those that were lost, then the next ones. None when the message should be given up. */
  take(nowMs: number): readonly Outgoing[] {
    return this.#transfer?.take(nowMs) ?? [];
  }

  /** @param header the header of the acknowledgement's datagram: one that is older than the latest is ignored */
  acknowledge(header: DatagramHeader, received: FragmentsReceived, nowMs: number): AcknowledgementOutcome {
    const transfer = this.#transfer;
    if (transfer === undefined || received.boot !== this.#boot || received.message !== transfer.message) {
      return 'ignored';
    }
    const outcome = transfer.acknowledge(header, received, nowMs);
    if (outcome === 'complete') this.#transfer = undefined;
    return outcome;
  }

  /** Whether the message under way should be given up: too many tries were not answered, or it has taken too long. */
  isOverdue(nowMs: number): boolean {
    return this.#transfer?.isOverdue(nowMs) === true;
  }

  /** Forgets the message that is under way. */
  giveUp(): void {
    this.#transfer = undefined;
  }
}

/** A fragment to send now. */
export interface Outgoing {
  readonly fragment: Fragment;
  /** Whether it left before and did not arrive. */
  readonly isRepeated: boolean;
}

/** The state of one fragment. */
interface FragmentState {
  where: 'here' | 'under-way' | 'lost' | 'arrived';
  /** How often it has left, and the number of its latest transmission. */
  times: number;
  order: number;
  leftAtMs: number;
}

/** One message on its way. */
class Transfer {
  readonly message: number;
  readonly #body: Uint8Array;
  readonly #cut: Cut;
  readonly #windowFragments: number;
  readonly #roundTripTime: RoundTripTime;
  readonly #startedAtMs: number;
  readonly #fragments: readonly FragmentState[];
  /** The fragments from here on have not left yet. */
  #unsentFrom = 0;
  #underWay = 0;
  #lost = 0;
  #transmissions = 0;
  #latestArrivedOrder = 0;
  #latestWord: Pick<DatagramHeader, 'boot' | 'counter'> = { boot: -1, counter: 0 };
  #unansweredTries = 0;
  #timeoutAtMs = Infinity;

  constructor(
    message: number, body: Uint8Array, cut: Cut, windowFragments: number, roundTripTime: RoundTripTime, nowMs: number,
  ) {
    this.message = message;
    this.#body = body;
    this.#cut = cut;
    this.#windowFragments = windowFragments;
    this.#roundTripTime = roundTripTime;
    this.#startedAtMs = nowMs;
    this.#fragments = Array.from({ length: cut.count }, () => ({ where: 'here', times: 0, order: 0, leftAtMs: 0 }));
  }

  get deadlineMs(): number {
    return Math.min(this.#timeoutAtMs, this.#startedAtMs + MESSAGE_LIFETIME_MS_MAX);
  }

  isOverdue(nowMs: number): boolean {
    const isSilent = this.#unansweredTries >= UNANSWERED_TRIES_MAX && this.#timeoutAtMs <= nowMs;
    return isSilent || this.#startedAtMs + MESSAGE_LIFETIME_MS_MAX <= nowMs;
  }

  take(nowMs: number): readonly Outgoing[] {
    if (this.isOverdue(nowMs)) return [];
    if (this.#timeoutAtMs <= nowMs) this.#onTimeout();
    const outgoing: Outgoing[] = [];
    for (let index = this.#next(); index !== undefined; index = this.#next()) {
      outgoing.push(this.#transmit(index, nowMs));
    }
    if (this.#timeoutAtMs === Infinity) this.#timeoutAtMs = nowMs + this.#roundTripTime.timeoutMs;
    return outgoing;
  }

  acknowledge(header: DatagramHeader, received: FragmentsReceived, nowMs: number): AcknowledgementOutcome {
    const { below, bitmap } = received;
    if (below > this.#cut.count || below + 8 * bitmap.length > this.#cut.count + 7) return 'malformed';
    if (!this.#isNewWord(header)) return 'ignored';
    this.#latestWord = header;
    if (below === this.#cut.count) return 'complete';
    if (!this.#noteArrivals(received, nowMs)) return 'ignored';
    this.#noteLosses(nowMs);
    this.#roundTripTime.answered();
    this.#unansweredTries = 0;
    this.#timeoutAtMs = nowMs + this.#roundTripTime.timeoutMs;
    return 'progress';
  }

  /** Every acknowledgement names all that has arrived, so an older one that comes late says less than is known. */
  #isNewWord({ boot, counter }: DatagramHeader): boolean {
    const { boot: latestBoot, counter: latestCounter } = this.#latestWord;
    return boot > latestBoot || (boot === latestBoot && counter > latestCounter);
  }

  /** @returns whether this changed what is known to have arrived */
  #noteArrivals(received: FragmentsReceived, nowMs: number): boolean {
    let changed = false;
    let newest: FragmentState | undefined;
    for (const [index, fragment] of this.#fragments.entries()) {
      const isThere = hasArrived(received, index);
      if (isThere && fragment.where !== 'arrived' && fragment.times > 0) {
        this.#move(fragment, 'arrived');
        this.#latestArrivedOrder = Math.max(this.#latestArrivedOrder, fragment.order);
        if (fragment.order > (newest?.order ?? 0)) newest = fragment;
        changed = true;
      } else if (!isThere && fragment.where === 'arrived') {
        this.#move(fragment, 'lost'); // the receiver was restarted and has forgotten it
        changed = true;
      }
    }
    // The fragment that caused this acknowledgement left no later than the newest one. An earlier fragment may have
    // waited while acknowledgements were lost: measuring from it would lengthen the timeout with each loss. A time that
    // is too short grows with the next tries.
    if (newest !== undefined) this.#roundTripTime.measured(nowMs - newest.leftAtMs);
    return changed;
  }

  #noteLosses(nowMs: number): void {
    const roundTripMs = this.#roundTripTime.smoothedMs ?? Infinity;
    const lostAfterMs = Math.max(LOST_AFTER_MS_MIN, ROUND_TRIPS_UNTIL_LOST * roundTripMs);
    for (const fragment of this.#fragments) {
      if (fragment.where !== 'under-way' || fragment.order >= this.#latestArrivedOrder) continue;
      const isOvertaken = this.#latestArrivedOrder - fragment.order >= OVERTAKEN_BY;
      if (isOvertaken || nowMs - fragment.leftAtMs > lostAfterMs) this.#move(fragment, 'lost');
    }
  }

  /** No acknowledgement came in time: send the oldest fragment again; its acknowledgement says what else is missing. */
  #onTimeout(): void {
    this.#timeoutAtMs = Infinity;
    let oldest: FragmentState | undefined;
    for (const fragment of this.#fragments) {
      if (fragment.where === 'under-way' && fragment.order < (oldest?.order ?? Infinity)) oldest = fragment;
    }
    if (oldest !== undefined) this.#move(oldest, 'lost');
    this.#unansweredTries += 1;
    this.#roundTripTime.timedOut();
  }

  /** The next fragment to send; undefined when all have left, or the window is full. */
  #next(): number | undefined {
    if (this.#underWay >= this.#windowFragments) return undefined;
    if (this.#lost > 0) return this.#fragments.findIndex(({ where }) => where === 'lost');
    return this.#unsentFrom < this.#fragments.length ? this.#unsentFrom : undefined;
  }

  #transmit(index: number, nowMs: number): Outgoing {
    const fragment = this.#fragments[index];
    if (fragment === undefined) throw new RangeError(`message ${this.message} has no fragment ${index}`);
    if (index === this.#unsentFrom) this.#unsentFrom += 1;
    this.#transmissions += 1;
    this.#move(fragment, 'under-way');
    fragment.times += 1;
    fragment.order = this.#transmissions;
    fragment.leftAtMs = nowMs;
    const { start, end } = rangeOf(this.#cut, index);
    const data = this.#body.subarray(start, end);
    return { fragment: { ...this.#cut, message: this.message, index, data }, isRepeated: fragment.times > 1 };
  }

  #move(fragment: FragmentState, where: 'under-way' | 'lost' | 'arrived'): void {
    if (fragment.where === 'under-way') this.#underWay -= 1;
    if (fragment.where === 'lost') this.#lost -= 1;
    fragment.where = where;
    if (where === 'under-way') this.#underWay += 1;
    if (where === 'lost') this.#lost += 1;
  }
}
