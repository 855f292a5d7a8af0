/** The queue of messages to one receiver: one in fragments is under way, and the others wait behind it. */
import type { AppendEntries, Message } from '../../raft/index.ts';
import { summaryOf } from '../../trace/messageSummary.ts';
import { summaryOfSnapshotMessage } from '../snapshots/snapshotSummary.ts';
import type { MessageSummary } from '../../trace/events.ts';
import { FragmentSender } from '../../wire/index.ts';
import type { Crc32, SnapshotMessage } from '../../wire/index.ts';

/** The most messages and bytes of entries that wait; beyond that the receiver is too slow, or gone. */
const WAITING_MESSAGES_MAX = 512;
const WAITING_BYTES_MAX = 8 * 1024 * 1024;

/** What a node sends to another. */
export type NodeMessage = Message | SnapshotMessage;

/** What the trace says about a message on its way. */
export interface Outgoing {
  /** Its number in its id (wire/header.ts, `messageIdOf`). */
  readonly number: number;
  readonly summary: () => MessageSummary;
}

export interface OutgoingMessage extends Outgoing {
  readonly message: NodeMessage;
}

/** What a message says, in the trace's words. */
export function summaryOfAny(message: NodeMessage): MessageSummary {
  return isSnapshotMessage(message) ? summaryOfSnapshotMessage(message) : summaryOf(message);
}

export function isSnapshotMessage(message: NodeMessage): message is SnapshotMessage {
  return message.type === 'SnapshotChunk' || message.type === 'SnapshotChunkResponse';
}

export class Outbox {
  readonly sender: FragmentSender;
  #current: OutgoingMessage | undefined;
  #waiting: NodeMessage[] = [];
  #waitingBytes = 0;

  constructor(boot: number, fragmentBytesMax: number, crc32: Crc32) {
    this.sender = new FragmentSender(boot, fragmentBytesMax, crc32);
  }

  /** Sends a message in fragments. */
  begin(outgoing: OutgoingMessage, body: Uint8Array, nowMs: number): void {
    this.sender.start(outgoing.number, body, nowMs);
    this.#current = outgoing;
  }

  /**
   * Lets a message wait for its turn. One that adds nothing to what is already on its way is left out: a leader that
   * looks for a match sends the same entries again after each heartbeat's answer.
   * @returns false when there is no room
   */
  wait(message: NodeMessage): boolean {
    if (message.type === 'AppendEntries' && this.#isOnItsWay(message)) {
      return true;
    }
    const bytes = bytesOf(message);
    if (this.#waiting.length >= WAITING_MESSAGES_MAX || this.#waitingBytes + bytes > WAITING_BYTES_MAX) {
      return false;
    }
    this.#waiting.push(message);
    this.#waitingBytes += bytes;
    return true;
  }

  /** The message whose turn it is; undefined while one is under way, or when none waits. */
  next(): NodeMessage | undefined {
    if (this.sender.isBusy) {
      return undefined;
    }
    this.#current = undefined;
    const message = this.#waiting.shift();
    this.#waitingBytes -= message === undefined ? 0 : bytesOf(message);
    return message;
  }

  /** Takes those out of the queue that must not leave now. */
  takeWaiting(isTaken: (message: NodeMessage) => boolean): readonly NodeMessage[] {
    const taken = this.#waiting.filter(isTaken);
    this.#waiting = this.#waiting.filter((message) => !taken.includes(message));
    this.#waitingBytes = this.#waiting.reduce((bytes, message) => bytes + bytesOf(message), 0);
    return taken;
  }

  /** Gives up what is under way and everything that waits for it. */
  giveUp(): { readonly current: OutgoingMessage | undefined; readonly waiting: readonly NodeMessage[] } {
    const lost = { current: this.#current, waiting: this.#waiting };
    this.sender.giveUp();
    this.#current = undefined;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return lost;
  }

  #isOnItsWay(message: AppendEntries): boolean {
    const earlier = this.#current === undefined ? this.#waiting : [this.#current.message, ...this.#waiting];
    return addsNothingTo(earlier, message);
  }
}

/** Whether a message says nothing that an earlier one to the same receiver does not say. */
export function addsNothingTo(earlier: readonly NodeMessage[], message: AppendEntries): boolean {
  return earlier.some((other) => other.type === 'AppendEntries' && other.term === message.term
    && other.prevLogIndex === message.prevLogIndex && other.entries.length >= message.entries.length
    && (other.entries.length > 0 || other.leaderCommit >= message.leaderCommit));
}

/** The bytes that make a message large: those of its entries, or of its piece of a snapshot. */
export function bytesOf(message: NodeMessage): number {
  switch (message.type) {
    case 'AppendEntries':
    case 'ForwardedProposal':
      return message.entries.reduce((bytes, { data }) => bytes + data.length, 0);
    case 'SnapshotChunk':
      return message.data.length;
    default:
      return 0;
  }
}
