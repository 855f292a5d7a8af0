/** The bodies of messages: a body that a leader sends to several followers is encoded once. */
import type { AppendEntries } from '../../raft/index.ts';
import { encodeMessageBody, encodeSnapshotBody } from '../../wire/index.ts';
import type { Clock } from '../world.ts';
import { isSnapshotMessage } from './outbox.ts';
import type { NodeMessage } from './outbox.ts';

/** Encoding shorter bodies is faster than comparing them. */
const SHARED_BODY_BYTES_MIN = 4096;

export class MessageBodies {
  readonly #clock: Clock;
  /** The latest long body. It is released after the turn in which it is sent. */
  #latest: { readonly message: AppendEntries; readonly body: Uint8Array } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws MessageTooLongError; RangeError when a field is out of its range (a bug of the caller) */
  encode(message: NodeMessage): Uint8Array {
    if (isSnapshotMessage(message)) {
      return encodeSnapshotBody(message);
    }
    if (message.type !== 'AppendEntries') {
      return encodeMessageBody(message);
    }
    if (this.#latest !== undefined && saysTheSame(this.#latest.message, message)) {
      return this.#latest.body;
    }
    const body = encodeMessageBody(message);
    if (body.length >= SHARED_BODY_BYTES_MIN) {
      this.#latest = { message, body };
      this.#clock.after(0, () => {
        this.#latest = undefined;
      });
    }
    return body;
  }
}

/** Whether two messages differ only in their receivers, which are not in the body. */
function saysTheSame(a: AppendEntries, b: AppendEntries): boolean {
  return a.term === b.term && a.prevLogIndex === b.prevLogIndex && a.prevLogTerm === b.prevLogTerm
    && a.leaderCommit === b.leaderCommit && a.entries.length === b.entries.length
    && a.entries.every(({ term, type, data }, at) => {
      const other = b.entries[at];
      return other?.term === term && other.type === type && other.data === data;
    });
}
