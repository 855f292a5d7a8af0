/** Real seals for simulated datagrams. What must be random in the world is fixed here: a run can be repeated. */
import type { Seals } from '../server/world.ts';
import { DatagramOpener, DatagramSealer } from '../wire/crypto.ts';
import { SEAL_START_BYTES } from '../wire/index.ts';

export const REPEATABLE_SEALS: Seals = {
  newSealer: (secret, labId, sender, boot) => (
    new DatagramSealer(secret, labId, sender, boot, new Uint8Array(SEAL_START_BYTES))
  ),
  newOpener: (secrets, labId) => new DatagramOpener(secrets, labId),
};
