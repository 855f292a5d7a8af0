/** The fake's network and trace: messages with a delay, faults on links, and every event numbered. */
import { NO_FAULTS } from '../../../trace/events.ts';
import type { LinkFaults, MessageSummary, TraceBody, TraceEvent } from '../../../trace/events.ts';
import type { NodeName } from '../../../trace/names.ts';
import type { FakeNode } from './fakeNode.ts';

export interface FakeNetworkOptions {
  readonly random: () => number;
  readonly onEvent: (event: TraceEvent) => void;
}

const HEADER_BYTES = 48;
const ENTRY_BYTES = 40;

export class FakeNetwork {
  #seq = 0;
  #closed = false;
  readonly #random: () => number;
  readonly #onEvent: (event: TraceEvent) => void;
  readonly #links = new Map<string, LinkFaults>();

  constructor(options: FakeNetworkOptions) {
    this.#random = options.random;
    this.#onEvent = options.onEvent;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
  }

  /** Emits an event of a node, or of the lab itself. */
  emit(node: FakeNode | null, body: TraceBody): void {
    if (this.#closed) return;
    this.#seq += 1;
    this.#onEvent({ ...body, seq: this.#seq, atMs: Date.now() + (performance.now() % 1), node: node?.id ?? 0 });
  }

  faults(from: NodeName, to: NodeName): LinkFaults {
    return this.#links.get(`${from}>${to}`) ?? NO_FAULTS;
  }

  setLink(from: NodeName, to: NodeName, faults: LinkFaults): void {
    this.#links.set(`${from}>${to}`, faults);
    this.emit(null, { type: 'linkChanged', from, to, faults });
  }

  /** @param everything also removes loss and delay */
  heal(everything: boolean): void {
    for (const [key, faults] of this.#links) {
      const [from, to] = key.split('>') as [NodeName, NodeName];
      this.setLink(from, to, everything ? NO_FAULTS : { ...faults, down: false });
    }
    this.emit(null, { type: 'healed' });
  }

  /** Sends a message: `act` is what the receiver does with it, if it arrives. */
  send(from: FakeNode, to: FakeNode, message: MessageSummary, act: () => void): void {
    from.messageCount += 1;
    const messageId = `${from.name}-${from.boot}-${from.messageCount}`;
    const bytes = HEADER_BYTES + ENTRY_BYTES * (message.entryCount ?? 0);
    this.emit(from, { type: 'messageSent', messageId, to: to.id, message, bytes });
    from.sent += 1;
    from.bytesSent += bytes;
    const faults = this.faults(from.name, to.name);
    const lost = this.#random() * 100 < faults.lossPercent;
    if (faults.down || lost) {
      const reason = faults.down ? 'cut' : 'loss';
      from.dropped[reason] = (from.dropped[reason] ?? 0) + 1;
      this.emit(from, { type: 'messageDropped', messageId, from: from.id, to: to.id, reason, message });
      return;
    }
    const deliver = (): void => {
      if (this.#closed || to.life === 'crashed') return;
      if (to.life === 'paused') {
        to.inbox.push(deliver);
        return;
      }
      to.received += 1;
      to.bytesReceived += bytes;
      this.emit(to, { type: 'messageReceived', messageId, from: from.id, message, bytes });
      act();
    };
    setTimeout(deliver, 1 + this.#random() * 2 + faults.delayMs + this.#random() * faults.jitterMs);
  }
}
