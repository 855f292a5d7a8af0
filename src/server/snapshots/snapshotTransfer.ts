/**
 * One snapshot on its way to one follower, two pieces at a time: one is under way while the other is written or waits.
 * Pieces travel as large messages, whose fragments are repeated until they arrive; here only silence is answered, by
 * asking the follower how far it has come. No I/O.
 */

/** The most pieces that the follower has not acknowledged: with one, the link would rest while it is written. */
const PIECES_MAX = 2;

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
  /** Where the last piece ended, when it left, and when nothing was under way after it. */
  #sentBytes = 0;
  #pieceLeftAtMs = -Infinity;
  #piecesEndedAtMs: number | undefined;
  /** Whether the follower was heard, and whether it was since the last call of `take`. */
  #wasHeard = false;
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
   * What to send now; undefined: nothing more. It counts as sent.
   * @param isUnderWay whether a large message to the follower, such as the last piece, is still under way
   */
  take(nowMs: number, isUnderWay: boolean): PieceRange | undefined {
    if (!isUnderWay) {
      this.#piecesEndedAtMs ??= nowMs;
    }
    if (this.#isAnswered && this.#isLost(nowMs)) {
      this.#sentBytes = this.#acknowledgedBytes;
    }
    this.#isAnswered = false;
    return this.#takePiece(nowMs) ?? this.#takeQuestion(nowMs);
  }

  #takePiece(nowMs: number): PieceRange | undefined {
    const { bytes, pieceBytes } = this.#limits;
    const offset = Math.max(this.#sentBytes, this.#acknowledgedBytes);
    if (!this.#wasHeard || offset >= bytes || offset - this.#acknowledgedBytes >= PIECES_MAX * pieceBytes) {
      return undefined;
    }
    const length = Math.min(pieceBytes, bytes - offset);
    this.#sentBytes = offset + length;
    this.#pieceLeftAtMs = nowMs;
    this.#piecesEndedAtMs = undefined;
    this.#sentAtMs = nowMs;
    return { offset, length };
  }

  #takeQuestion(nowMs: number): PieceRange | undefined {
    if (nowMs - this.#sentAtMs < this.#askMs) {
      return undefined;
    }
    // The first question comes at once: the follower may have a part of the snapshot already.
    if (this.#sentAtMs > -Infinity) {
      this.#askMs = Math.min(ASK_MS_MAX, 2 * this.#askMs);
    }
    this.#sentAtMs = nowMs;
    return { offset: this.#acknowledgedBytes, length: 0 };
  }

  /**
   * Takes the follower's answer: how much it has on its stable storage.
   * @returns whether the transfer can continue; it cannot when the follower has lost what it had
   */
  acknowledge(receivedBytes: number, nowMs: number): boolean {
    this.#heardAtMs = nowMs;
    this.#wasHeard = true;
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
   * Whether an answer that does not count all pieces says that one is lost. One that left before the last piece arrived
   * may come later, but hardly by more than that piece itself took, which was a round trip at least.
   */
  #isLost(nowMs: number): boolean {
    const endedAtMs = this.#piecesEndedAtMs;
    return endedAtMs !== undefined && this.#acknowledgedBytes < this.#sentBytes
      && nowMs - endedAtMs >= Math.min(ASK_MS_MAX, endedAtMs - this.#pieceLeftAtMs);
  }
}
