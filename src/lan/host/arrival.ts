/** A connection until it is clear who has come: a machine with proof and session, a connection test, or nobody. */
import type { TLSSocket } from 'node:tls';
import type { Channel } from '../channel/channel.ts';
import { LAN_PROTOCOL_VERSION } from '../channel/protocol.ts';
import type { FromHost, FromMachine, HeardFromMachine } from '../channel/protocol.ts';
import { otherVersionWords } from '../diagnose/connectionWords.ts';
import { provenMachineId } from '../identity/machineKey.ts';
import type { MachineKey } from '../identity/machineKey.ts';
import type { GuestSessions } from '../identity/memory.ts';
import { isOfCopy } from '../identity/session.ts';
import type { SignedSession } from '../identity/session.ts';
import type { LabLog } from '../../lab/service.ts';
import { GuestSession } from './guestSession.ts';
import type { Machine } from './machine.ts';

/** How long a connection may take to say who it is. */
const HELLO_LIMIT_MS = 5000;
/** The further time to get in: somewhat longer than it takes to notice that its former connection is dead. */
const ENTER_LIMIT_MS = 12_000;

const NO_TURN_WORDS = 'another machine with the same identity, or a former connection of this one, holds its place '
  + 'and does not answer: try again';

type Hello = FromMachine & { readonly type: 'hello' };

/** The part of the host that an arrival needs. */
export interface ArrivalHost {
  readonly labId: string;
  /**
   * The host's own key: it proves the host's identity, and a copy of the host's data folder must not come in as a
   * machine.
   */
  readonly key: MachineKey;
  readonly sessions: GuestSessions;
  readonly log: LabLog;
  /** The machines that are about to come in: only one at a time for each key. */
  readonly arriving: Map<string, Promise<void>>;
  /** Why a machine that knows the code is not let in; undefined when it is let in. */
  whyNot(machineId: string): string | undefined;
  greeting(socket: TLSSocket): FromHost & { readonly type: 'welcome' };
  /** The connected machine with this id. */
  present(machineId: string): Machine | undefined;
}

export interface ArrivalOutcome {
  /** Somebody tests the connection without joining. */
  readonly onTest: () => void;
  /** A machine has proven who it is and confirmed its session. */
  readonly onEnter: (machineId: string, hello: Hello, session: GuestSession) => void;
}

interface Known {
  readonly machineId: string;
  readonly hello: Hello;
  readonly session: GuestSession;
}

export class Arrival {
  readonly #socket: TLSSocket;
  readonly #channel: Channel<HeardFromMachine, FromHost>;
  readonly #host: ArrivalHost;
  readonly #outcome: ArrivalOutcome;
  #timer: NodeJS.Timeout;
  #known: Known | undefined;
  #hasResumed = false;

  constructor(
    socket: TLSSocket, channel: Channel<HeardFromMachine, FromHost>, host: ArrivalHost, outcome: ArrivalOutcome,
  ) {
    this.#socket = socket;
    this.#channel = channel;
    this.#host = host;
    this.#outcome = outcome;
    this.#timer = setTimeout(() => channel.close(), HELLO_LIMIT_MS);
  }

  take(message: HeardFromMachine): void {
    const known = this.#known;
    if (message.type === 'otherVersion') {
      this.#refuse(otherVersionWords(LAN_PROTOCOL_VERSION, message.version));
    } else if (message.type === 'hello' && known === undefined) {
      this.#meet(message);
    } else if (message.type === 'resume' && known !== undefined && !this.#hasResumed) {
      this.#hasResumed = true;
      this.#resume(known, message.session).catch((error: unknown) => {
        this.#host.log.error(`a machine could not come in: ${String(error)}`);
        this.#refuse('the host could not keep this machine\'s session: its log says why');
      });
    } else if (message.type !== 'sessionKept' || known?.session.take(message.session) !== true) {
      this.#channel.close();
    }
  }

  /** The connection has ended, or its arrival is over. */
  end(): void {
    clearTimeout(this.#timer);
    this.#known?.session.end();
  }

  #meet(hello: Hello): void {
    const machineId = provenMachineId(hello.proof, this.#socket, 'hello');
    if (machineId === undefined) {
      this.#refuse('this machine could not prove who it is: join again');
      return;
    }
    const problem = this.#host.whyNot(machineId);
    if (problem !== undefined) {
      this.#refuse(problem);
      return;
    }
    this.#channel.send(this.#host.greeting(this.#socket));
    clearTimeout(this.#timer);
    if (hello.isTest) {
      this.#outcome.onTest();
      return;
    }
    this.#timer = setTimeout(() => this.#refuse(NO_TURN_WORDS), ENTER_LIMIT_MS);
    const { labId, sessions, key } = this.#host;
    const session = new GuestSession({
      scope: { labId, hostId: key.machineId }, machineId, publicKey: hello.proof.publicKey, sessions,
      send: (next) => this.#channel.send({ type: 'session', session: next }),
    });
    this.#known = { machineId, hello, session };
  }

  async #resume(known: Known, told: SignedSession | null): Promise<void> {
    const { machineId, session } = known;
    const { arriving, key } = this.#host;
    if (machineId === key.machineId) {
      this.#refuse('this machine has the host\'s own key: it is the host, or its data folder is a copy of the host\'s');
      return;
    }
    if (told !== null && !session.isSigned(told)) {
      this.#channel.close();
      return;
    }
    // Each turn is bounded by the time limit of its own connection.
    for (let before = arriving.get(machineId); before !== undefined; before = arriving.get(machineId)) {
      await before;
    }
    if (!this.#channel.isOpen) {
      return;
    }
    const turn = this.#inTurn(known, told).finally(() => arriving.delete(machineId));
    arriving.set(machineId, turn.catch(() => undefined));
    await turn;
  }

  async #inTurn({ machineId, hello, session }: Known, told: SignedSession | null): Promise<void> {
    const isOpen = (): boolean => this.#channel.isOpen;
    await this.#askPresent(machineId, hello.runId);
    const kept = await this.#host.sessions.of(machineId);
    if (kept !== undefined && isOfCopy(kept, told)) {
      this.#channel.send({ type: 'copied', shown: kept });
      this.#channel.close();
    } else if (isOpen() && await session.renew(told) && isOpen()) {
      clearTimeout(this.#timer);
      this.#outcome.onEnter(machineId, hello, session);
    } else {
      this.#channel.close();
    }
  }

  /**
   * Another run with the same key seems to be connected. If that connection is dead, this waits for its end. Otherwise
   * two machines have one key: the connected one gets a new session, which the newcomer lacks.
   */
  async #askPresent(machineId: string, runId: string): Promise<void> {
    const present = this.#host.present(machineId);
    if (present !== undefined && present.identity.runId !== runId) {
      await present.renewSession();
    }
  }

  #refuse(message: string): void {
    this.#channel.send({ type: 'refused', message });
    this.#channel.close();
  }
}
