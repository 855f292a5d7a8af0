/** Pipelining: the AppendEntries that were sent to one follower and are not yet answered (dissertation §10.2.2). */
import { invariant } from './assert.ts';
import type { Index } from './types.ts';

interface Inflight {
  /** The last index that the message carried. */
  readonly lastIndex: Index;
  readonly bytes: number;
}

/**
 * Bounded in messages and in bytes. The message that reaches the byte limit may exceed it, so that a large entry can be
 * sent at all.
 */
export class Inflights {
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  /** In the order sent; lastIndex ascending. The first `#freed` are already answered. */
  #messages: Inflight[] = [];
  #freed = 0;
  #bytes = 0;

  constructor(maxMessages: number, maxBytes: number) {
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
  }

  get count(): number {
    return this.#messages.length - this.#freed;
  }

  get full(): boolean {
    return this.count >= this.#maxMessages || this.#bytes >= this.#maxBytes;
  }

  /** Notes a message that ends at `lastIndex`. */
  add(lastIndex: Index, bytes: number): void {
    invariant(!this.full, () => `no room for another message in flight: ${this.count} messages, ${this.#bytes} bytes`);
    this.#messages.push({ lastIndex, bytes });
    this.#bytes += bytes;
  }

  /** Frees every message that ends at or before `index`: an answer for a later message answers the earlier ones too. */
  freeUpTo(index: Index): void {
    for (let next = this.#messages[this.#freed]; next !== undefined && next.lastIndex <= index; ) {
      this.#bytes -= next.bytes;
      this.#freed++;
      next = this.#messages[this.#freed];
    }
    // Shift the answered ones out in bulk, so that each message costs constant time.
    if (this.#freed > 64 && this.#freed * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#freed);
      this.#freed = 0;
    }
  }

  reset(): void {
    this.#messages = [];
    this.#freed = 0;
    this.#bytes = 0;
  }
}
