/** Main's signals to the window besides events: kept until the window listens, then sent. */
import type { WindowSignal } from '../contract/answers.ts';

/** The most signals kept: more mean that something fails repeatedly, and the first ones explain it. */
const WAITING_SIGNALS_MAX = 16;

export class SignalQueue {
  readonly #send: (signal: WindowSignal) => void;
  #listening = false;
  #waiting: WindowSignal[] = [];

  constructor(send: (signal: WindowSignal) => void) {
    this.#send = send;
  }

  /** Sends a signal, or keeps it until the window listens. */
  tell(signal: WindowSignal): void {
    if (this.#listening) this.#send(signal);
    else if (this.#waiting.length < WAITING_SIGNALS_MAX) this.#waiting.push(signal);
  }

  /** The window's page listens from now on. */
  begin(): void {
    this.#listening = true;
    const signals = this.#waiting;
    this.#waiting = [];
    for (const signal of signals) this.#send(signal);
  }

  /** The page is gone or loading. */
  pause(): void {
    this.#listening = false;
  }
}
