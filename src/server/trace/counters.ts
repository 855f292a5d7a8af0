/** Counts what a node's socket sent, received and dropped, by reason. */
import type { DatagramCounters, DropReason } from '../../trace/events.ts';

export class Counters {
  #sent = 0;
  #received = 0;
  #bytesSent = 0;
  #bytesReceived = 0;
  #retransmitted = 0;
  readonly #dropped = new Map<DropReason, number>();
  #changed = false;

  countSent(bytes: number): void {
    this.#sent += 1;
    this.#bytesSent += bytes;
    this.#changed = true;
  }

  countReceived(bytes: number): void {
    this.#received += 1;
    this.#bytesReceived += bytes;
    this.#changed = true;
  }

  countRetransmitted(): void {
    this.#retransmitted += 1;
    this.#changed = true;
  }

  countDropped(reason: DropReason): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
    this.#changed = true;
  }

  /** The counters if any has changed since the last call. */
  takeIfChanged(): DatagramCounters | undefined {
    if (!this.#changed) {
      return undefined;
    }
    this.#changed = false;
    return this.snapshot();
  }

  snapshot(): DatagramCounters {
    return {
      sent: this.#sent,
      received: this.#received,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      retransmitted: this.#retransmitted,
      dropped: Object.fromEntries(this.#dropped),
    };
  }
}
