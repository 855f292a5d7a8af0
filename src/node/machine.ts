/** What a real machine gives to a server: its clocks, its randomness, its SHA-256. */
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { DatagramOpener, DatagramSealer } from '../wire/crypto.ts';
import { SEAL_START_BYTES } from '../wire/index.ts';
import type { Clock, Seals, ServerWorld, Timer } from '../server/world.ts';
import { clockMs } from './clock.ts';

class MachineTimer implements Timer {
  readonly #timeout: NodeJS.Timeout;

  constructor(delayMs: number, action: () => void) {
    this.#timeout = setTimeout(action, delayMs);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }
}

export const MACHINE_CLOCK: Clock = {
  nowMs: () => performance.now(),
  traceMs: clockMs,
  after: (delayMs, action) => new MachineTimer(delayMs, action),
};

const SEALS: Seals = {
  newSealer: (secret, labId, sender, boot) => (
    new DatagramSealer(secret, labId, sender, boot, randomBytes(SEAL_START_BYTES))
  ),
  newOpener: (secrets, labId) => new DatagramOpener(secrets, labId),
};

export const MACHINE: Pick<ServerWorld, 'clock' | 'crc32' | 'newSha256' | 'seals'> = {
  clock: MACHINE_CLOCK,
  newSha256: () => createHash('sha256'),
  crc32: (bytes) => crc32(bytes),
  seals: SEALS,
};
