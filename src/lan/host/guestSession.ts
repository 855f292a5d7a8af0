/** The session of one machine at its host: handed over, confirmed, kept; renewed while the machine is connected. */
import type { GuestSessions } from '../identity/memory.ts';
import { isSameSession, isSignedSession, nextSession } from '../identity/session.ts';
import type { Session, SessionScope, SignedSession } from '../identity/session.ts';

export interface GuestSessionOptions {
  readonly scope: SessionScope;
  readonly machineId: string;
  readonly publicKey: string;
  readonly sessions: GuestSessions;
  /** Hands a session over to the machine. */
  readonly send: (session: Session) => void;
}

export class GuestSession {
  readonly #options: GuestSessionOptions;
  #handedOver: Session | undefined;
  /** The newest one that the machine has confirmed on this connection. */
  #confirmed: SignedSession | undefined;
  /** It is not on this host's disk yet; saving it may have failed. */
  #isUnsaved = false;
  #renewal: Promise<boolean> | undefined;
  #resolve: (isKept: boolean) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #hasEnded = false;

  constructor(options: GuestSessionOptions) {
    this.#options = options;
  }

  /**
   * Hands over a new session, or the same one again while the machine has not confirmed it.
   * @param told the signed session that the machine says it has; null for none
   * @returns whether both machine and host have kept it: false when the connection ends first
   * @throws {LabError} when it cannot be saved here; the next renewal tries again
   */
  renew(told: SignedSession | null = null): Promise<boolean> {
    if (this.#handedOver !== undefined) {
      this.#options.send(this.#handedOver);
    }
    this.#renewal ??= this.#renew(told).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** The machine confirms a session. @returns whether it was handed over and is correctly signed */
  take(signed: SignedSession): boolean {
    if (this.#confirmed !== undefined && isSameSession(this.#confirmed, signed)) {
      return true;
    }
    const isIt = this.#handedOver !== undefined && isSameSession(this.#handedOver, signed) && this.isSigned(signed);
    if (isIt) {
      this.#handedOver = undefined;
      this.#confirmed = signed;
      this.#save(signed).then(() => this.#resolve(true), (error: unknown) => this.#reject(error));
    }
    return isIt;
  }

  isSigned(session: SignedSession): boolean {
    return isSignedSession(this.#options.publicKey, this.#options.scope, session);
  }

  /** The machine's connection has ended. */
  end(): void {
    this.#hasEnded = true;
    this.#resolve(false);
  }

  async #renew(told: SignedSession | null): Promise<boolean> {
    const newest = await this.#newest(told);
    if (this.#hasEnded) {
      return false;
    }
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#handedOver = nextSession(newest);
      this.#options.send(this.#handedOver);
    });
  }

  /** The machine's newest session. It is saved here before the next one begins, so the machine is never two ahead. */
  async #newest(told: SignedSession | null): Promise<Session | undefined> {
    if (this.#confirmed !== undefined) {
      if (this.#isUnsaved) {
        await this.#save(this.#confirmed);
      }
      return this.#confirmed;
    }
    const kept = await this.#options.sessions.of(this.#options.machineId);
    if (told === null || (kept !== undefined && told.count <= kept.count)) {
      return kept;
    }
    // Its confirmation did not arrive, or the host has lost its record.
    await this.#save(told);
    return told;
  }

  async #save(session: SignedSession): Promise<void> {
    this.#isUnsaved = true;
    await this.#options.sessions.keep(this.#options.machineId, session);
    this.#isUnsaved = false;
  }
}
