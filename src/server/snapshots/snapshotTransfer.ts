/**
 * One snapshot on its way to one follower: decides which chunk leaves when. Chunks are acknowledged up to an offset. A
 * gap is filled as soon as the follower reports it. After silence a chunk is sent again, at growing intervals. No I/O.
 */

/** The most unacknowledged bytes: what a receiver's socket buffer holds with a system's default settings. */
export const WINDOW_BYTES = 256 * 1024;
const RETRANSMIT_MS_FIRST = 200;
const RETRANSMIT_MS_MIN = 30;
const RETRANSMIT_MS_MAX = 2000;
/** How often a follower that has everything is asked whether it has installed it. */
const POLL_MS = 100;
/** This many answers in a row must report less than before until they are believed: one may just be late. */
const SETBACKS_MAX = 3;

/** A chunk to send: `length` bytes from `offset` on. A chunk without bytes only asks how far the follower is. */
export interface ChunkRange {
  readonly offset: number;
  readonly length: number;
}

/** What a follower reports about a transfer. */
export interface TransferProgress {
  readonly receivedBytes: number;
  readonly heldFrom: number;
}

export interface TransferLimits {
  /** The whole snapshot. */
  readonly bytes: number;
  /** The most that one chunk carries. */
  readonly chunkBytes: number;
  /** The transfer is given up after this long without an answer from the follower. */
  readonly silenceMs: number;
}

interface SentChunk extends ChunkRange {
  sentAtMs: number;
  isRepeated: boolean;
}

export class SnapshotTransfer {
  readonly #limits: TransferLimits;
  /** Sent and not acknowledged, by ascending offset. */
  #inFlight: SentChunk[] = [];
  #acknowledgedBytes = 0;
  #nextOffset = 0;
  /** Everything in flight before this offset is known to be missing. */
  #gapEnd = 0;
  /** Until the first answer only one chunk is sent: the follower may have a part of the snapshot already. */
  #isAnswered = false;
  #roundTripMs: number | undefined;
  #retransmitMs = RETRANSMIT_MS_FIRST;
  #polledAtMs = -Infinity;
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
    return nowMs - this.#heardAtMs > this.#limits.silenceMs + 4 * this.#retransmitMs;
  }

  /** The chunks to send now. They count as sent. */
  take(nowMs: number): readonly ChunkRange[] {
    const repeated = this.#takeRepeated(nowMs);
    return [...repeated, ...this.#takeNew(nowMs), ...this.#takePoll(nowMs)];
  }

  /**
   * Takes the follower's answer.
   * @returns whether the transfer can continue; it cannot when the follower has lost what it had
   */
  acknowledge({ receivedBytes, heldFrom }: TransferProgress, nowMs: number): boolean {
    this.#heardAtMs = nowMs;
    this.#isAnswered = true;
    if (receivedBytes < this.#acknowledgedBytes) {
      this.#setbacks += 1;
      return this.#setbacks < SETBACKS_MAX;
    }
    this.#setbacks = 0;
    this.#measure(receivedBytes, nowMs);
    this.#acknowledgedBytes = receivedBytes;
    this.#nextOffset = Math.max(this.#nextOffset, receivedBytes);
    this.#inFlight = this.#inFlight.filter(({ offset, length }) => offset + length > receivedBytes);
    this.#gapEnd = heldFrom > receivedBytes ? heldFrom : 0;
    return true;
  }

  #takeRepeated(nowMs: number): readonly ChunkRange[] {
    const oldest = this.#inFlight[0];
    if (oldest !== undefined && nowMs - oldest.sentAtMs >= this.#retransmitMs) {
      this.#retransmitMs = Math.min(RETRANSMIT_MS_MAX, 2 * this.#retransmitMs);
      return [this.#repeat(oldest, nowMs)];
    }
    // A chunk for the gap that was sent less than a round trip ago may still be on its way.
    const patienceMs = Math.max(1, this.#roundTripMs ?? RETRANSMIT_MS_MIN);
    return this.#inFlight
      .filter(({ offset, sentAtMs }) => offset < this.#gapEnd && nowMs - sentAtMs >= patienceMs)
      .map((chunk) => this.#repeat(chunk, nowMs));
  }

  #repeat(chunk: SentChunk, nowMs: number): ChunkRange {
    chunk.sentAtMs = nowMs;
    chunk.isRepeated = true;
    return chunk;
  }

  #takeNew(nowMs: number): readonly ChunkRange[] {
    const { bytes, chunkBytes } = this.#limits;
    const windowBytes = this.#isAnswered ? Math.max(WINDOW_BYTES, chunkBytes) : chunkBytes;
    const taken: SentChunk[] = [];
    while (this.#nextOffset < bytes) {
      const length = Math.min(chunkBytes, bytes - this.#nextOffset);
      if (this.#nextOffset + length - this.#acknowledgedBytes > windowBytes) {
        break;
      }
      taken.push({ offset: this.#nextOffset, length, sentAtMs: nowMs, isRepeated: false });
      this.#nextOffset += length;
    }
    this.#inFlight.push(...taken);
    return taken;
  }

  #takePoll(nowMs: number): readonly ChunkRange[] {
    const { bytes } = this.#limits;
    if (this.#acknowledgedBytes < bytes || nowMs - this.#polledAtMs < Math.max(POLL_MS, this.#roundTripMs ?? 0)) {
      return [];
    }
    this.#polledAtMs = nowMs;
    return [{ offset: bytes, length: 0 }];
  }

  /** Learns how long an answer takes, from chunks of which only one copy was sent (Karn's rule). */
  #measure(receivedBytes: number, nowMs: number): void {
    const newest = this.#inFlight.findLast(({ offset, length }) => offset + length <= receivedBytes);
    if (newest !== undefined && !newest.isRepeated) {
      const sampleMs = nowMs - newest.sentAtMs;
      this.#roundTripMs = this.#roundTripMs === undefined ? sampleMs : 0.75 * this.#roundTripMs + 0.25 * sampleMs;
      const retransmitMs = 2 * this.#roundTripMs + RETRANSMIT_MS_MIN;
      this.#retransmitMs = Math.min(RETRANSMIT_MS_MAX, retransmitMs);
    }
  }
}
