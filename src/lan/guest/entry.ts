/** Enters a lab: connects, proves who this machine is, and keeps the session that the host hands over. */
import { LabError } from '../../contract/errors.ts';
import { Channel } from '../channel/channel.ts';
import type { ChannelEnd } from '../channel/channel.ts';
import { fromHost, LAN_PROTOCOL_VERSION } from '../channel/protocol.ts';
import type { FromHost, FromMachine } from '../channel/protocol.ts';
import { knock, KnockError } from '../channel/tls.ts';
import { KNOCK_WORDS } from '../diagnose/connectionWords.ts';
import type { TLSSocket } from 'node:tls';
import { provenMachineId } from '../identity/machineKey.ts';
import type { MachineKey } from '../identity/machineKey.ts';
import type { MachineMemory } from '../identity/memory.ts';
import { mayFollow, provesCopy, signSession } from '../identity/session.ts';
import type { Session, SessionScope, SignedSession } from '../identity/session.ts';
import type { HostPlace } from './hostSearch.ts';

/** Somewhat longer than a host takes to notice that this machine's former connection is dead. */
const ENTER_LIMIT_MS = 14_000;

const COPY_WORDS = 'the data folder of this machine is a copy of another machine\'s, or was restored from a backup. '
  + 'This machine has an identity of its own now, and the copied nodes do not start: join again';

const HOST_COPY_WORDS = 'the data folder of this machine is a copy of the host\'s. This machine has an identity of its '
  + 'own now, and the copied nodes do not start: join again';
const OWN_LAB_WORDS = 'this is the lab that is open here, on this machine. If another machine has opened it, its data '
  + 'folder is a copy of this one\'s: close the lab to the network here, then join again';

export type Hello = Omit<FromMachine & { type: 'hello' }, 'type' | 'version' | 'clockMs' | 'isTest' | 'proof'>;
export type Welcome = FromHost & { type: 'welcome' };

/** Why this machine did not get in. */
export class EntryError extends LabError {
  readonly why: 'wrong-code' | 'copied' | 'other';

  constructor(why: EntryError['why'], message: string) {
    super('refused', message);
    this.name = 'EntryError';
    this.why = why;
  }
}

export interface EntryOptions {
  readonly place: HostPlace;
  readonly codeKey: Uint8Array;
  readonly hello: Hello;
  readonly memory: MachineMemory;
  /** Whether this machine has a lab of its own open to the LAN: then its key is in use. */
  readonly isHosting: () => boolean;
  /** The expected lab; undefined for any. */
  readonly labId: string | undefined;
  readonly clockMs: () => number;
  /** This machine is in. Called once; `resolve` of enter() follows. */
  readonly onEntered: (channel: Channel<FromHost, FromMachine>, welcome: Welcome) => void;
  /** What the host says once this machine is in. */
  readonly onMessage: (message: FromHost) => void;
  /** A message of the host could not be handled because of an error here; the connection ends. */
  readonly onFailed: (error: unknown) => void;
  /** A new session could not be saved here; the former one stays valid. */
  readonly onNotKept: (error: unknown) => void;
  /** The connection of a machine that was in has ended; `farewell` when the host has sent it away. */
  readonly onEnd: (end: ChannelEnd, farewell: string | undefined) => void;
}

/** Enters the lab. @param signal cancels it. @throws {EntryError} that says what is wrong and what to do */
export async function enter(options: EntryOptions, signal: AbortSignal): Promise<void> {
  const { place, codeKey, memory } = options;
  const key = await memory.key();
  const socket = await knock(place.address, place.port, codeKey, undefined, signal).catch((error: unknown) => {
    throw error instanceof KnockError
      ? new EntryError(error.failure === 'wrong-code' ? 'wrong-code' : 'other', KNOCK_WORDS[error.failure]) : error;
  });
  if (signal.aborted || socket.destroyed) {
    socket.destroy();
    throw new EntryError('other', 'the connection has ended: try again');
  }
  const proof = key.prove(socket, 'hello');
  await new Promise<void>((resolve, reject) => {
    const entry = new Entry(options, key, socket, resolve, reject);
    entry.begin(new Channel<FromHost, FromMachine>(socket, {
      schema: fromHost,
      clockMs: options.clockMs,
      onMessage: (message) => entry.take(message),
      onEnd: (end, error) => {
        if (end === 'failed') {
          options.onFailed(error);
        }
        entry.end(end);
      },
    }), proof, signal);
  });
}

class Entry {
  readonly #options: EntryOptions;
  readonly #key: MachineKey;
  readonly #socket: TLSSocket;
  readonly #resolve: () => void;
  readonly #reject: (error: EntryError) => void;
  #channel: Channel<FromHost, FromMachine> | undefined;
  #signal: AbortSignal | undefined;
  readonly #abort = (): void => this.#channel?.close();
  readonly #timer: NodeJS.Timeout;
  #welcome: Welcome | undefined;
  /** Where its sessions are valid, once the host has proven who it is. */
  #scope: SessionScope | undefined;
  /** Sessions are saved one after the other: each follows the one before. */
  #keeping: Promise<void> = Promise.resolve();
  #hasKept = false;
  #isIn = false;
  #failure: EntryError | undefined;
  /** The check whether this machine is a copy; the end of the connection waits for it. */
  #copy: Promise<void> | undefined;

  constructor(
    options: EntryOptions, key: MachineKey, socket: TLSSocket, resolve: () => void, reject: (error: EntryError) => void,
  ) {
    this.#socket = socket;
    this.#options = options;
    this.#key = key;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(
      () => this.#giveUp('the host knows the code but does not answer: try again'), ENTER_LIMIT_MS,
    );
  }

  begin(
    channel: Channel<FromHost, FromMachine>, proof: (FromMachine & { type: 'hello' })['proof'], signal: AbortSignal,
  ): void {
    const { hello, clockMs } = this.#options;
    this.#channel = channel;
    signal.addEventListener('abort', this.#abort);
    this.#signal = signal;
    channel.send({
      type: 'hello', version: LAN_PROTOCOL_VERSION, clockMs: clockMs(), isTest: false, ...hello, proof,
    });
  }

  take(message: FromHost): void {
    switch (message.type) {
      case 'refused':
      case 'bye':
        this.#failure = new EntryError('other', message.message);
        return;
      case 'session':
        if (this.#scope !== undefined) {
          this.#keepNext(this.#scope, message.session);
          return;
        }
        break;
      case 'welcome':
        if (this.#welcome === undefined && message.labId === (this.#options.labId ?? message.labId)) {
          this.#meet(message);
          return;
        }
        if (this.#isIn) return;
        break;
      case 'copied':
        if (this.#scope !== undefined && !this.#isIn) {
          this.#copy ??= this.#look(this.#scope, message.shown);
          return;
        }
        break;
      default:
        if (this.#isIn || (message.type === 'attached' && this.#hasKept)) {
          this.#enter();
          this.#options.onMessage(message);
          return;
        }
    }
    this.#giveUp(
      message.type === 'welcome' ? 'another lab is open there now' : 'the host breaks the protocol: try again',
    );
  }

  end(end: ChannelEnd): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#abort);
    if (this.#copy === undefined) {
      this.#settle(end);
    } else {
      void this.#copy.then(() => this.#settle(end));
    }
  }

  #settle(end: ChannelEnd): void {
    if (this.#isIn) {
      this.#options.onEnd(end, this.#failure?.message);
    } else {
      this.#reject(this.#failure ?? new EntryError('other', 'the host has closed the connection: try again'));
    }
  }

  #meet(welcome: Welcome): void {
    this.#welcome = welcome;
    const hostId = provenMachineId(welcome.proof, this.#socket, 'welcome');
    if (hostId === undefined) {
      this.#giveUp('the host could not prove who it is: try again');
    } else if (hostId !== this.#key.machineId) {
      this.#scope = { labId: welcome.labId, hostId };
      this.#background(this.#tellSession(this.#scope));
    } else if (this.#options.isHosting()) {
      this.#giveUp(OWN_LAB_WORDS);
    } else {
      // Only the owner of the private key can prove it: this data folder is a copy of the host's, or the reverse.
      this.#copy ??= this.#becomeAnother(HOST_COPY_WORDS).catch((error: unknown) => this.#failWith(error));
      this.#channel?.close();
    }
  }

  async #tellSession(scope: SessionScope): Promise<void> {
    const session = await this.#options.memory.sessionOf(scope);
    this.#channel?.send({
      type: 'resume', session: session === null ? null : signSession(this.#key, scope, session),
    });
  }

  /** The host sends the picture of the lab after it has kept the session, too: this machine is in. */
  #enter(): void {
    if (!this.#isIn && this.#channel !== undefined && this.#welcome !== undefined) {
      this.#isIn = true;
      clearTimeout(this.#timer);
      this.#options.onEntered(this.#channel, this.#welcome);
      this.#resolve();
    }
  }

  #keepNext(scope: SessionScope, session: Session): void {
    this.#keeping = this.#keeping.then(() => this.#keep(scope, session)).catch((error: unknown) => {
      if (this.#isIn) {
        // The former session stays valid; the host hands this one over again at the next renewal.
        this.#options.onNotKept(error);
      } else {
        this.#giveUp(error instanceof LabError ? error.message : String(error));
      }
    });
  }

  /** Keeps a session, then says so. */
  async #keep(scope: SessionScope, session: Session): Promise<void> {
    const { memory } = this.#options;
    if (!mayFollow(await memory.sessionOf(scope), session)) {
      this.#giveUp('the host sent a session that does not follow the previous one: try again');
      return;
    }
    await memory.keepSession(scope, session);
    this.#hasKept = true;
    this.#channel?.takeLongMessages();
    this.#channel?.send({ type: 'sessionKept', session: signSession(this.#key, scope, session) });
  }

  async #look(scope: SessionScope, shown: SignedSession): Promise<void> {
    try {
      await this.#keeping;
      if (provesCopy(this.#key.publicKey, scope, await this.#options.memory.sessionOf(scope), shown)) {
        await this.#becomeAnother(COPY_WORDS);
      } else {
        this.#failure = new EntryError('other', 'the host calls this machine a copy, without proof: try again');
      }
    } catch (error) {
      this.#failWith(error);
    }
  }

  async #becomeAnother(words: string): Promise<void> {
    await this.#options.memory.becomeAnother();
    this.#failure = new EntryError('copied', words);
  }

  #failWith(error: unknown): void {
    this.#failure = new EntryError('other', error instanceof LabError ? error.message : String(error));
  }

  #background(work: Promise<void>): void {
    work.catch((error: unknown) => this.#giveUp(error instanceof LabError ? error.message : String(error)));
  }

  #giveUp(message: string): void {
    this.#failure = new EntryError('other', message);
    this.#channel?.close();
  }
}
