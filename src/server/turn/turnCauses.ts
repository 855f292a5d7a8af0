/** What made each message of the core: what is new in its outboxes after an input came about by that input. */
import type { Message, RaftNode } from '../../raft/index.ts';
import type { EventCause } from '../../trace/events.ts';

export const TIMER: EventCause = { by: 'timer' };
export const DISK: EventCause = { by: 'disk' };
export const REQUEST: EventCause = { by: 'request' };

export class TurnCauses {
  readonly #raft: Pick<RaftNode, 'outboxes'>;
  /** A message may be held back until after its turn (commitNotices.ts), or be lost: nobody says when it is gone. */
  readonly #ofMessages = new WeakMap<Message, EventCause>();
  /** How much of each outbox is already put down to something; each Ready begins new ones. */
  readonly #seen = new WeakMap<readonly Message[], number>();

  constructor(raft: Pick<RaftNode, 'outboxes'>) {
    this.#raft = raft;
  }

  /** The core has taken an input. */
  note(cause: EventCause | undefined): void {
    for (const outbox of this.#raft.outboxes) {
      if (outbox.length === 0) {
        continue;
      }
      if (cause !== undefined) {
        for (const message of outbox.slice(this.#seen.get(outbox) ?? 0)) this.#ofMessages.set(message, cause);
      }
      this.#seen.set(outbox, outbox.length);
    }
  }

  /** Undefined where it is not known. */
  of(message: Message): EventCause | undefined {
    return this.#ofMessages.get(message);
  }
}
