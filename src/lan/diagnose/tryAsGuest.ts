/** The machine's side of a connection test behind the door: version, clock, and datagrams both ways. */
import type { TLSSocket } from 'node:tls';
import { LabError } from '../../contract/errors.ts';
import { clockMs } from '../../node/clock.ts';
import { Channel } from '../channel/channel.ts';
import { DatagramProbe } from './datagramProbe.ts';
import type { DatagramFindings } from './connectionWords.ts';
import type { Hello, Welcome } from '../guest/entry.ts';
import { provenMachineId } from '../identity/machineKey.ts';
import type { MachineKey, Proof } from '../identity/machineKey.ts';
import { fromHost, LAN_PROTOCOL_VERSION } from '../channel/protocol.ts';
import type { FromHost, FromMachine } from '../channel/protocol.ts';

const WELCOME_LIMIT_MS = 5000;
/** Some thirty datagrams each way: if none arrives, that is not random loss. */
const DATAGRAMS_LIMIT_MS = 3000;

export interface GuestFindings extends DatagramFindings {
  readonly welcome: Welcome;
  /** The host's clock minus this machine's. */
  readonly clockDifferenceMs: number;
}

/**
 * Says hello as a test, without joining, and tries datagrams.
 * @param signal cancels it
 * @returns what was found, or why the host says no
 */
export async function tryAsGuest(
  socket: TLSSocket, hello: Hello, key: MachineKey, signal: AbortSignal,
): Promise<GuestFindings | LabError> {
  if (socket.destroyed || signal.aborted) {
    socket.destroy();
    return new LabError('refused', 'the host has closed the connection: try again');
  }
  const proof = key.prove(socket, 'hello');
  let callOff: () => void = () => undefined;
  try {
    return await new Promise((resolve) => {
      const guest = new Guest(socket, { ...hello, proof }, resolve);
      callOff = () => guest.callOff();
      signal.addEventListener('abort', callOff);
      guest.begin();
    });
  } finally {
    signal.removeEventListener('abort', callOff);
  }
}

type ProvenHello = Hello & { readonly proof: Proof };

class Guest {
  readonly #channel: Channel<FromHost, FromMachine>;
  readonly #hello: ProvenHello;
  readonly #resolve: (outcome: GuestFindings | LabError) => void;
  readonly #askedAtMs = performance.now();
  #timer: NodeJS.Timeout;
  #met: Pick<GuestFindings, 'welcome' | 'clockDifferenceMs'> | undefined;
  #hasProbe = false;
  #probe: DatagramProbe | undefined;
  #hostHears = false;
  #machineHears = false;
  #hasEnded = false;
  readonly #socket: TLSSocket;

  constructor(socket: TLSSocket, hello: ProvenHello, resolve: (outcome: GuestFindings | LabError) => void) {
    this.#socket = socket;
    this.#hello = hello;
    this.#resolve = resolve;
    this.#channel = new Channel<FromHost, FromMachine>(socket, {
      schema: fromHost,
      onMessage: (message) => this.#take(message),
      onEnd: () => this.#end('the host has closed the connection: another version of Raftlab may run there'),
    });
    this.#timer = setTimeout(
      () => this.#end('the host does not answer in time: another version of Raftlab may run there'), WELCOME_LIMIT_MS,
    );
  }

  begin(): void {
    this.#channel.send({
      type: 'hello', version: LAN_PROTOCOL_VERSION, clockMs: clockMs(), isTest: true, ...this.#hello,
    });
  }

  callOff(): void {
    this.#channel.abort(); // a host that does not read would hold a connection that ends in order
    this.#end('the connection test was cancelled');
  }

  #take(message: FromHost): void {
    switch (message.type) {
      case 'welcome':
        if (provenMachineId(message.proof, this.#socket, 'welcome') === undefined) {
          this.#end('the host could not prove who it is: try again');
          return;
        }
        this.#met = {
          welcome: message,
          // The host read its clock half a round trip ago; the monotonic clock measures that trip.
          clockDifferenceMs: message.clockMs - (clockMs() - (performance.now() - this.#askedAtMs) / 2),
        };
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#end(), DATAGRAMS_LIMIT_MS);
        return;
      case 'probe':
        // Without a port nothing is heard, and the test reports that.
        void this.#openProbe(message).catch(() => undefined);
        return;
      case 'heard':
        this.#hostHears = true;
        this.#endWhenBothHear();
        return;
      case 'refused':
        this.#end(message.message);
        return;
      default:
        this.#end('the host speaks another version of the protocol: install the same Raftlab on both machines');
    }
  }

  async #openProbe({ port, secret }: FromHost & { type: 'probe' }): Promise<void> {
    if (this.#met === undefined || this.#hasProbe) {
      return;
    }
    this.#hasProbe = true;
    const probe = await DatagramProbe.open({
      end: 'machine',
      address: this.#channel.localAddress,
      labId: this.#met.welcome.labId,
      secret: Buffer.from(secret, 'base64'),
      onHeard: () => {
        this.#machineHears = true;
        this.#endWhenBothHear();
      },
    });
    if (this.#hasEnded) {
      probe.close();
      return;
    }
    this.#probe = probe;
    this.#channel.send({ type: 'probe', port: probe.port });
    probe.sendTo(this.#channel.remoteAddress, port);
  }

  #endWhenBothHear(): void {
    if (this.#hostHears && this.#machineHears) {
      this.#end();
    }
  }

  /** @param problem what to say when the host was not reached */
  #end(problem = ''): void {
    if (this.#hasEnded) {
      return;
    }
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#resolve(this.#met === undefined
      ? new LabError('refused', problem)
      : {
          ...this.#met,
          hostHears: this.#hostHears,
          machineHears: this.#machineHears,
          sendProblem: this.#probe?.sendProblem ?? null,
        });
    this.#probe?.close();
    this.#channel.close();
  }
}
