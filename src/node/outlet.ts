/** One side's way into a channel between threads: what is posted together travels as one message. */

/**
 * A message between threads costs more than most of its contents. So posts gather until the running callback and the
 * promises that it settled are done.
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

  /** Sends now what has gathered: before the thread waits, or starts something that takes long. */
  flush(): void {
    if (this.#gathered.length > 0) {
      const messages = this.#gathered;
      this.#gathered = [];
      this.#send(messages);
    }
  }
}
