/**
 * One snapshot on its way to one follower, a piece at a time: the next piece leaves when the follower has the one
 * before on its stable storage. Pieces travel as large messages, whose fragments are repeated until they arrive; here
 * only silence is answered, by asking the follower how far it has come. No I/O.
 */

/** When a silent follower is asked, and how often at least if it stays silent. */
const ASK_MS_FIRST = 100;
const ASK_MS_MAX = 2000;
/** This many answers in a row must report less than before until they are believed: one may just be late. */
const SETBACKS_MAX = 3;

/** A piece to send: `length` bytes from `offset` on. Without bytes it only asks how far the follower is. */
export interface PieceRange {
  readonly offset: number;
  readonly length: number;
}

export interface TransferLimits {
  /** The whole snapshot. */
  readonly bytes: number;
  /** The most that one piece carries. */
  readonly pieceBytes: number;
  /** The transfer is given up after this long without an answer from the follower. */
  readonly silenceMs: number;
}

export class SnapshotTransfer {
  readonly #limits: TransferLimits;
  #acknowledgedBytes = 0;
  /** Where the last piece ended, when it left, and when nothing was under way any more. */
  #sentBytes = 0;
  #pieceLeftAtMs = -Infinity;
  #pieceEndedAtMs: number | undefined;
  /** An answer has come since something was sent. */
  #isAnswered = false;
  #askMs = ASK_MS_FIRST;
  #sentAtMs = -Infinity;
  #heardAtMs: number;
  #setbacks = 0;

  constructor(limits: TransferLimits, nowMs: number) {
    this.#limits = limits;
    this.#heardAtMs = nowMs;
  }

  /** The follower has everything before this offset on its stable storage. */
  get acknowledgedBytes(): number {
    return this.#acknowledgedBytes;
  }

  /** Whether the follower has been silent for too long. */
  isOverdue(nowMs: number): boolean {
    return nowMs - this.#heardAtMs > this.#limits.silenceMs + 2 * this.#askMs;
  }

  /**
   * What to send now; undefined: nothing. It counts as sent.
   * @param isUnderWay whether a large message to the follower, such as the last piece, is still under way
   */
  take(nowMs: number, isUnderWay: boolean): PieceRange | undefined {
    const { bytes, pieceBytes } = this.#limits;
    const offset = this.#acknowledgedBytes;
    if (!isUnderWay) {
      this.#pieceEndedAtMs ??= nowMs;
    }
    const isNextDue = this.#isAnswered && offset < bytes && (offset >= this.#sentBytes || this.#isLost(nowMs));
    this.#isAnswered = false;
    if (isNextDue) {
      const length = Math.min(pieceBytes, bytes - offset);
      this.#sentBytes = offset + length;
      this.#pieceLeftAtMs = nowMs;
      this.#pieceEndedAtMs = undefined;
      return this.#sent({ offset, length }, nowMs);
    }
    if (nowMs - this.#sentAtMs < this.#askMs) {
      return undefined;
    }
    // The first question comes at once: the follower may have a part of the snapshot already.
    if (this.#sentAtMs > -Infinity) {
      this.#askMs = Math.min(ASK_MS_MAX, 2 * this.#askMs);
    }
    return this.#sent({ offset, length: 0 }, nowMs);
  }

  /**
   * Takes the follower's answer: how much it has on its stable storage.
   * @returns whether the transfer can continue; it cannot when the follower has lost what it had
   */
  acknowledge(receivedBytes: number, nowMs: number): boolean {
    this.#heardAtMs = nowMs;
    this.#isAnswered = true;
    this.#askMs = ASK_MS_FIRST;
    if (receivedBytes < this.#acknowledgedBytes) {
      this.#setbacks += 1;
      return this.#setbacks < SETBACKS_MAX;
    }
    this.#setbacks = 0;
    this.#acknowledgedBytes = receivedBytes;
    return true;
  }

  /**
   * Whether an answer that does not count the last piece says that it is lost. One that left before the piece arrived
   * may come later, but hardly by more than the piece itself took, which was a round trip at least.
   */
  #isLost(nowMs: number): boolean {
    const endedAtMs = this.#pieceEndedAtMs;
    return endedAtMs !== undefined && nowMs - endedAtMs >= Math.min(ASK_MS_MAX, endedAtMs - this.#pieceLeftAtMs);
  }

  #sent(range: PieceRange, nowMs: number): PieceRange {
    this.#sentAtMs = nowMs;
    return range;
  }
}
