/** One side's way into a channel between threads: what is said in one go travels as one message. */

/**
 * A message between threads costs more than most of what it carries, so what is posted gathers until the running
 * callback, and the promises that it settled, are done.
 */
export class Outlet<Message> {
  readonly #send: (messages: readonly Message[]) => void;
  #gathered: Message[] = [];

  /** @param send takes one or more messages, in the order in which they were posted */
  constructor(send: (messages: readonly Message[]) => void) {
    this.#send = send;
  }

  post(message: Message): void {
    if (this.#gathered.push(message) === 1) {
      queueMicrotask(() => this.flush());
    }
  }

  /** Sends what has gathered now: before the thread stands still, or turns to something that takes long. */
  flush(): void {
    if (this.#gathered.length > 0) {
      const messages = this.#gathered;
      this.#gathered = [];
      this.#send(messages);
    }
  }
}
