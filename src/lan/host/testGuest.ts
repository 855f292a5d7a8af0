/** A machine's connection test, as the host sees it: datagrams go both ways. */
import type { Channel } from '../channel/channel.ts';
import { DatagramProbe, newProbeSecret } from '../diagnose/datagramProbe.ts';
import type { FromHost, HeardFromMachine } from '../channel/protocol.ts';

/** Longer than a machine waits for datagrams; then the host ends the test. */
const TEST_LIMIT_MS = 10_000;

export class TestGuest {
  readonly #channel: Channel<HeardFromMachine, FromHost>;
  readonly #timer: NodeJS.Timeout;
  #probe: DatagramProbe | undefined;
  #hasEnded = false;

  /** @param labId the lab's id, which the welcome contained */
  constructor(channel: Channel<HeardFromMachine, FromHost>, labId: string) {
    this.#channel = channel;
    this.#timer = setTimeout(() => channel.close(), TEST_LIMIT_MS);
    // Without a port nothing is heard, which the machine reports.
    void this.#open(labId).catch(() => undefined);
  }

  /** Handles the machine's message with the port where it listens. */
  take(message: HeardFromMachine): void {
    if (message.type === 'probe') {
      // Only to the machine that has shown the code, never to another address.
      this.#probe?.sendTo(this.#channel.remoteAddress, message.port);
    }
  }

  /** The machine's connection has ended. */
  ended(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#probe?.close();
    this.#probe = undefined;
  }

  async #open(labId: string): Promise<void> {
    const secret = newProbeSecret();
    const probe = await DatagramProbe.open({
      end: 'host',
      address: this.#channel.localAddress,
      labId,
      secret,
      onHeard: () => this.#channel.send({ type: 'heard' }),
    });
    if (this.#hasEnded) {
      probe.close();
      return;
    }
    this.#probe = probe;
    this.#channel.send({ type: 'probe', port: probe.port, secret: Buffer.from(secret).toString('base64') });
  }
}
