/** What a real machine gives to a server: its clocks, its randomness, its SHA-256. */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock, ServerWorld, Timer } from '../server/world.ts';
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

export const MACHINE: Pick<ServerWorld, 'clock' | 'newSha256' | 'randomBytes'> = {
  clock: MACHINE_CLOCK,
  newSha256: () => createHash('sha256'),
  randomBytes,
};
