/** The session of one machine at its host: handed over, confirmed, kept; renewed while the machine is connected. */
import type { GuestSessions } from '../identity/memory.ts';
import { isSignedSession, nextSession } from '../identity/session.ts';
import type { Session, SignedSession } from '../identity/session.ts';

export interface GuestSessionOptions {
  readonly labId: string;
  readonly machineId: string;
  readonly publicKey: string;
  readonly sessions: GuestSessions;
  /** Hands a session over to the machine. */
  readonly send: (session: Session) => void;
}

export class GuestSession {
  readonly #options: GuestSessionOptions;
  #handedOver: Session | undefined;
  #renewal: Promise<boolean> | undefined;
  #resolve: (isKept: boolean) => void = () => undefined;
  #hasEnded = false;

  constructor(options: GuestSessionOptions) {
    this.#options = options;
  }

  /**
   * Hands over a new session.
   * @param told the one that the machine says it has; null for none
   * @returns whether machine and host have kept it: false when the connection ends before
   */
  renew(told: Session | null = null): Promise<boolean> {
    this.#renewal ??= this.#renew(told).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** The machine confirms a session. @returns whether it is the one that was handed over, signed as it must be */
  take(signed: SignedSession): boolean {
    const { publicKey, labId, machineId, sessions } = this.#options;
    const { count, nonce } = signed;
    const isIt = this.#handedOver?.count === count && this.#handedOver.nonce === nonce
      && isSignedSession(publicKey, labId, signed);
    if (isIt) {
      this.#handedOver = undefined;
      sessions.keep(machineId, signed).then(() => this.#resolve(true), () => this.#resolve(false));
    }
    return isIt;
  }

  /** The machine's connection has ended. */
  end(): void {
    this.#hasEnded = true;
    this.#resolve(false);
  }

  async #renew(told: Session | null): Promise<boolean> {
    const kept = await this.#options.sessions.of(this.#options.machineId);
    if (this.#hasEnded) {
      return false;
    }
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#handedOver = nextSession(kept, told);
      this.#options.send(this.#handedOver);
    });
  }
}
