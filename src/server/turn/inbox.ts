/** The messages that wait for a node's next turn. */
import type { Message } from '../../raft/index.ts';

/** Between two turns the kernel hands over a few dozen datagrams at most, so this is a bound and not a policy. */
const MESSAGES_MAX = 4096;

export interface ReceivedMessage {
  readonly message: Message;
  /** What the trace calls it. */
  readonly messageId: string;
}

export class Inbox {
  #messages: ReceivedMessage[] = [];

  /** @returns false when there is no room */
  add(received: ReceivedMessage): boolean {
    if (this.#messages.length >= MESSAGES_MAX) {
      return false;
    }
    this.#messages.push(received);
    return true;
  }

  /** The messages that arrived since the last call, in order. */
  take(): readonly ReceivedMessage[] {
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }
}
