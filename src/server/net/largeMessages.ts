/** Messages in fragments: each receiver's outbox, what arrives in pieces, and the one timer that drives both. */
import type { NodeId } from '../../raft/index.ts';
import { encodeFragmentBody, encodeReceivedBody, fragmentDataBytesMax, FragmentReceiver } from '../../wire/index.ts';
import type {
  AbandonedMessage, Body, Crc32, DatagramHeader, Fragment, FragmentOutcome, FragmentsReceived,
} from '../../wire/index.ts';
import type { Clock, Timer } from '../world.ts';
import { Outbox } from './outbox.ts';
import type { NodeMessage, OutgoingMessage } from './outbox.ts';

export interface LargeMessagesOptions {
  readonly clock: Clock;
  readonly crc32: Crc32;
  readonly boot: number;
  readonly datagramBytesMax: number;
  /** Sends a body to a node in a datagram of its own. */
  readonly transmit: (to: NodeId, body: Body) => void;
  /** Sends a message whose turn has come. */
  readonly dispatch: (message: NodeMessage) => void;
  readonly onRetransmitted: () => void;
  /** The message under way to a receiver took too long. Those that waited behind it are given up, too. */
  readonly onGivenUp: (current: OutgoingMessage, waiting: readonly NodeMessage[]) => void;
  /** A message in fragments never became complete. */
  readonly onAbandoned: (message: AbandonedMessage) => void;
}

export class LargeMessages {
  readonly #options: LargeMessagesOptions;
  readonly #outboxes = new Map<NodeId, Outbox>();
  readonly #receiver: FragmentReceiver;
  #timer: Timer | undefined;
  #timerAtMs = Infinity;

  constructor(options: LargeMessagesOptions) {
    this.#options = options;
    this.#receiver = new FragmentReceiver(options.crc32);
  }

  /** Whether a message in fragments is under way to a receiver. */
  isBusy(to: NodeId): boolean {
    return this.#outboxes.get(to)?.sender.isBusy === true;
  }

  /** Begins to send a message in fragments; no other may be under way to its receiver. */
  begin(outgoing: OutgoingMessage, body: Uint8Array): void {
    const { to } = outgoing.message;
    const { boot, datagramBytesMax, crc32 } = this.#options;
    const outbox = this.#outboxes.get(to) ?? new Outbox(boot, fragmentDataBytesMax(datagramBytesMax), crc32);
    this.#outboxes.set(to, outbox);
    outbox.begin(outgoing, body, this.#options.clock.nowMs());
    this.#work(to, outbox);
    this.#arm();
  }

  /** Lets a message wait for the one that is under way. @returns false when there is no room */
  wait(message: NodeMessage): boolean {
    return this.#outboxes.get(message.to)?.wait(message) === true;
  }

  /** Takes those that wait and must not leave now. */
  takeWaiting(isTaken: (message: NodeMessage) => boolean): readonly NodeMessage[] {
    return [...this.#outboxes.values()].flatMap((outbox) => outbox.takeWaiting(isTaken));
  }

  /** Takes a fragment whose datagram passed every check. */
  acceptFragment(header: DatagramHeader, fragment: Fragment): FragmentOutcome {
    const outcome = this.#receiver.accept(header, fragment, this.#options.clock.nowMs());
    this.#answerAndForget();
    this.#arm();
    return outcome;
  }

  /** Takes a receiver's acknowledgement. @returns false when it cannot be true */
  acceptReceived(header: DatagramHeader, received: FragmentsReceived): boolean {
    const outbox = this.#outboxes.get(header.sender);
    const outcome = outbox?.sender.acknowledge(header, received, this.#options.clock.nowMs()) ?? 'ignored';
    if (outbox !== undefined && (outcome === 'progress' || outcome === 'complete')) {
      this.#work(header.sender, outbox);
      this.#arm();
    }
    return outcome !== 'malformed';
  }

  /** Forgets what is under way to nodes that are no longer known. */
  retain(isKnown: (id: NodeId) => boolean): void {
    for (const id of this.#outboxes.keys()) {
      if (!isKnown(id)) {
        this.#giveUp(id);
        this.#outboxes.delete(id);
      }
    }
  }

  close(): void {
    this.#timer?.cancel();
    this.#outboxes.clear();
  }

  /** Sends what may leave now. When a message has arrived, the next ones follow. */
  #work(to: NodeId, outbox: Outbox): void {
    for (let next = outbox.next(); next !== undefined; next = outbox.next()) {
      this.#options.dispatch(next);
    }
    for (const { fragment, isRepeated } of outbox.sender.take(this.#options.clock.nowMs())) {
      if (isRepeated) {
        this.#options.onRetransmitted();
      }
      this.#options.transmit(to, encodeFragmentBody(fragment));
    }
  }

  #giveUp(to: NodeId): void {
    const lost = this.#outboxes.get(to)?.giveUp();
    if (lost?.current !== undefined) {
      this.#options.onGivenUp(lost.current, lost.waiting);
    }
  }

  #answerAndForget(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const { to, received } of this.#receiver.acknowledgements(nowMs)) {
      this.#options.transmit(to, encodeReceivedBody(received));
    }
    for (const message of this.#receiver.abandoned(nowMs)) {
      this.#options.onAbandoned(message);
    }
  }

  /** Sets the timer to the next deadline. It only moves to earlier times: a timer that fires too early does no harm. */
  #arm(): void {
    let deadlineMs = this.#receiver.deadlineMs;
    for (const { sender } of this.#outboxes.values()) {
      deadlineMs = Math.min(deadlineMs, sender.deadlineMs);
    }
    if (deadlineMs >= this.#timerAtMs) {
      return;
    }
    this.#timer?.cancel();
    this.#timerAtMs = deadlineMs;
    const { clock } = this.#options;
    this.#timer = clock.after(Math.max(0, Math.ceil(deadlineMs - clock.nowMs())), () => {
      this.#timerAtMs = Infinity;
      this.#onTimer();
      this.#arm();
    });
  }

  #onTimer(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const [to, outbox] of this.#outboxes) {
      if (outbox.sender.isOverdue(nowMs)) {
        this.#giveUp(to);
      } else if (outbox.sender.deadlineMs <= nowMs) {
        this.#work(to, outbox);
      }
    }
    this.#answerAndForget();
  }
}
