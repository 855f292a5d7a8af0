/** The bodies of messages: what a leader tells several followers alike is encoded once. */
import type { AppendEntries, Message } from '../../raft/index.ts';
import { encodeMessageBody } from '../../wire/index.ts';

/** Shorter bodies are encoded faster than compared. */
const SHARED_BODY_BYTES_MIN = 4096;

export class MessageBodies {
  /** The latest long one. It is let go at the end of the turn in which the followers get it. */
  #latest: { readonly message: AppendEntries; readonly body: Uint8Array } | undefined;

  /** @throws MessageTooLongError; RangeError when a field is out of its range (a bug of the caller) */
  encode(message: Message): Uint8Array {
    if (message.type !== 'AppendEntries') {
      return encodeMessageBody(message);
    }
    if (this.#latest !== undefined && saysTheSame(this.#latest.message, message)) {
      return this.#latest.body;
    }
    const body = encodeMessageBody(message);
    if (body.length >= SHARED_BODY_BYTES_MIN) {
      this.#latest = { message, body };
      setImmediate(() => {
        this.#latest = undefined;
      });
    }
    return body;
  }
}

/** Whether two messages differ in nothing but their receivers, who are not in the body. */
function saysTheSame(a: AppendEntries, b: AppendEntries): boolean {
  return a.term === b.term && a.prevLogIndex === b.prevLogIndex && a.prevLogTerm === b.prevLogTerm
    && a.leaderCommit === b.leaderCommit && a.entries.length === b.entries.length
    && a.entries.every(({ term, type, data }, at) => {
      const other = b.entries[at];
      return other?.term === term && other.type === type && other.data === data;
    });
}
