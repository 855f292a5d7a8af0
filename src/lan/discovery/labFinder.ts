/** Finds labs on the LAN while somebody looks for one. */
import type { FoundLabs } from '../../contract/lan.ts';
import { listenForLabs } from './beacon.ts';
import type { BeaconListener } from './beacon.ts';
import { lanInterfaces } from './interfaces.ts';

/** How long to listen for labs after somebody last asked. */
const LISTENING_MS = 10_000;

export class LabFinder {
  #listener: BeaconListener | undefined;
  #problem: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** The labs that can be heard. Listening begins with the first request and ends some time after the last. */
  find(): FoundLabs {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.close(), LISTENING_MS);
    this.#listener ??= listenForLabs(lanInterfaces(), () => undefined, (message) => {
      this.#problem = message;
    });
    const labs = this.#listener.labs.map(({ tag, name, address, port }) => ({ tag, name, address, port }));
    return { labs, problem: this.#problem };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#listener?.close();
    this.#listener = undefined;
    this.#problem = null;
  }
}
