/** Messages that wait at their sender because a person holds their link, or their kind, until a person lets them go. */
import type { HeldAction } from '../../contract/commands.ts';
import type { NodeId } from '../../raft/types.ts';
import { holdsKind } from '../../trace/events.ts';
import type { DropReason, Hold, LinkFaults } from '../../trace/events.ts';
import { HELD_BY_NODE_MAX } from '../../trace/view.ts';
import type { NodeTraceBody } from '../protocol.ts';
import type { Trace } from '../world.ts';
import { addsNothingTo, bytesOf, summaryOfAny } from './outbox.ts';
import type { NodeMessage } from './outbox.ts';

/** The most bytes of entries and snapshots that are held. */
const HELD_BYTES_MAX = 8 * 1024 * 1024;

export interface HeldMessagesOptions {
  readonly trace: Pick<Trace, 'add'>;
  /** A name that no other message of this node has. */
  readonly newId: () => string;
  /** Sends a message that is held no longer. */
  readonly forward: (message: NodeMessage) => void;
  readonly onLost: (reason: DropReason) => void;
}

/**
 * What is held are whole messages, so that no repeated fragment gets around a hold. What left its node before the hold
 * goes on.
 */
export class HeldMessages {
  readonly #options: HeldMessagesOptions;
  #holds = new Map<NodeId, Hold>();
  /** By their ids, in the order in which they were sent. */
  readonly #held = new Map<string, NodeMessage>();
  #bytes = 0;

  constructor(options: HeldMessagesOptions) {
    this.#options = options;
  }

  /**
   * Replaces the holds of all links; receivers that are not named have none.
   * @returns tells whether a message is held now that was not before
   */
  setHolds(faults: Readonly<Record<NodeId, LinkFaults>>): (message: NodeMessage) => boolean {
    const former = this.#holds;
    this.#holds = new Map(Object.entries(faults).map(([id, { hold }]) => [Number(id), hold]));
    return (message) => this.catches(message) && !isCaught(former, message);
  }

  /** Whether a message must wait here. */
  catches(message: NodeMessage): boolean {
    return isCaught(this.#holds, message);
  }

  /**
   * Keeps a message. One that adds nothing to a held one is left out: a leader that looks for a match sends the same
   * entries again after each heartbeat's answer. Where there is no room, the oldest is lost.
   */
  hold(message: NodeMessage, copyOf?: string): void {
    const isRepeated = copyOf === undefined && message.type === 'AppendEntries'
      && addsNothingTo([...this.#held.values()].filter(({ to }) => to === message.to), message);
    if (isRepeated) {
      return;
    }
    const messageId = this.#options.newId();
    this.#held.set(messageId, message);
    this.#bytes += bytesOf(message);
    this.#options.trace.add(heldEvent(messageId, message, copyOf));
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= HELD_BY_NODE_MAX && (this.#bytes <= HELD_BYTES_MAX || this.#held.size === 1)) {
        return;
      }
      this.#lose(oldest, 'hold-full');
    }
  }

  /** Does to a held message what a person asks. @returns false when no such message is held */
  act(action: HeldAction, messageId: string): boolean {
    const message = this.#held.get(messageId);
    if (message === undefined) {
      return false;
    }
    switch (action) {
      case 'deliver':
        this.#release(messageId);
        return true;
      case 'lose':
        this.#lose(messageId, 'by-hand');
        return true;
      case 'double':
        this.hold(message, messageId);
        return true;
    }
  }

  /** Sends what no hold catches any more, and what is for nodes that are no longer known, in order. */
  releaseFreed(isKnown: (id: NodeId) => boolean): void {
    for (const [messageId, message] of [...this.#held]) {
      if (!this.catches(message) || !isKnown(message.to)) {
        this.#release(messageId);
      }
    }
  }

  /** Everything that is held, for an observer who has missed it. */
  restated(): readonly NodeTraceBody[] {
    return [...this.#held].map(([messageId, message]) => heldEvent(messageId, message));
  }

  #release(messageId: string): void {
    const message = this.#take(messageId);
    if (message !== undefined) {
      this.#options.trace.add({ type: 'messageReleased', messageId, to: message.to, message: summaryOfAny(message) });
      this.#options.forward(message);
    }
  }

  /** As on a link that loses it: the core is not told. */
  #lose(messageId: string, reason: DropReason): void {
    const message = this.#take(messageId);
    if (message !== undefined) {
      this.#options.onLost(reason);
      this.#options.trace.add({
        type: 'messageDropped', messageId, to: message.to, reason, message: summaryOfAny(message),
      });
    }
  }

  #take(messageId: string): NodeMessage | undefined {
    const message = this.#held.get(messageId);
    this.#held.delete(messageId);
    this.#bytes -= message === undefined ? 0 : bytesOf(message);
    return message;
  }
}

function isCaught(holds: ReadonlyMap<NodeId, Hold>, message: NodeMessage): boolean {
  const hold = holds.get(message.to);
  return hold !== undefined && hold !== 'nothing' && holdsKind(hold, summaryOfAny(message).type);
}

function heldEvent(messageId: string, message: NodeMessage, copyOf?: string): NodeTraceBody {
  return {
    type: 'messageHeld', messageId, to: message.to, message: summaryOfAny(message),
    ...(copyOf === undefined ? {} : { copyOf }),
  };
}
