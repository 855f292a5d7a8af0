/** What lan.json remembers of identities and sessions. */
import { MachineKey, newPrivateKey } from './identity/machineKey.ts';
import type { GuestSessions, MachineMemory } from './identity/memory.ts';
import type { LanFileKeeper } from './lanFile.ts';

export function machineMemory(file: LanFileKeeper): MachineMemory {
  return {
    key: async () => new MachineKey(await file.privateKey()),
    sessionOf: async (labId) => {
      const found = (await file.read()).joined.find((kept) => kept.labId === labId);
      return found === undefined ? null : { count: found.count, nonce: found.nonce };
    },
    keepSession: async (labId, session) => {
      await file.change((kept) => ({
        ...kept, joined: [...kept.joined.filter((other) => other.labId !== labId), { labId, ...session }],
      }));
    },
    becomeAnother: async () => {
      await file.change((kept) => ({ ...kept, privateKey: newPrivateKey(), joined: [] }));
    },
  };
}

export function guestSessions(file: LanFileKeeper, labId: string): GuestSessions {
  return {
    of: async (machineId) => {
      const found = (await file.read()).guests.find((kept) => kept.labId === labId && kept.machineId === machineId);
      return found === undefined
        ? undefined : { count: found.count, nonce: found.nonce, signature: found.signature };
    },
    keep: async (machineId, session) => {
      await file.change((kept) => ({
        ...kept,
        guests: [
          ...kept.guests.filter((other) => other.labId !== labId || other.machineId !== machineId),
          { labId, machineId, ...session },
        ],
      }));
    },
  };
}
