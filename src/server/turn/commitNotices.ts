/**
 * Holds back AppendEntries without entries for a moment; most of them only tell a follower what is committed. Under
 * load the next one with entries says the same and more (Raft §5.3 sends leaderCommit with every one). This saves a
 * datagram, its answer and a turn of two threads.
 */
import type { Clock, Timer } from '../world.ts';
import type { AppendEntries, Message, NodeId } from '../../raft/index.ts';

/** As long as a client that writes one value after the other takes to ask again; too short to notice. */
export const NOTICE_HELD_MS = 1;
/** A follower that forwarded a request in this many ticks is told at once, because its clients wait for the commit. */
const FORWARDER_TICKS = 10;

/** Must be given everything that the core sends, in order. */
export class CommitNotices {
  readonly #clock: Clock;
  readonly #send: (message: Message) => void;
  /** The newest one for each follower. It replaces the earlier ones. */
  readonly #held = new Map<NodeId, AppendEntries>();
  readonly #forwardedAtTick = new Map<NodeId, number>();
  #timer: Timer | undefined;

  constructor(clock: Clock, send: (message: Message) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** A message has arrived. */
  noteReceived({ type, from }: Message, tick: number): void {
    if (type === 'ForwardedProposal' || type === 'ReadIndex') {
      this.#forwardedAtTick.set(from, tick);
    }
  }

  send(message: Message, tick: number): void {
    const { to } = message;
    if (message.type !== 'AppendEntries') {
      this.#release(to);
    } else if (message.entries.length === 0 && !this.#hasWaitingClients(to, tick)) {
      this.#held.set(to, message);
      this.#timer ??= this.#clock.after(NOTICE_HELD_MS, () => this.#releaseAll());
      return;
    } else {
      this.#held.delete(to);
    }
    this.#send(message);
  }

  /** The node ends. */
  close(): void {
    this.#timer?.cancel();
    this.#held.clear();
  }

  #hasWaitingClients(id: NodeId, tick: number): boolean {
    return tick - (this.#forwardedAtTick.get(id) ?? -Infinity) < FORWARDER_TICKS;
  }

  #releaseAll(): void {
    this.#timer = undefined;
    for (const id of [...this.#held.keys()]) {
      this.#release(id);
    }
  }

  #release(id: NodeId): void {
    const held = this.#held.get(id);
    if (held !== undefined) {
      this.#held.delete(id);
      this.#send(held);
    }
  }
}
