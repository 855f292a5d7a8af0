/** What lan.json stores about identities and sessions. */
import { MachineKey, newPrivateKey } from './identity/machineKey.ts';
import type { GuestSessions, MachineMemory } from './identity/memory.ts';
import type { SessionScope } from './identity/session.ts';
import { GUESTS_OF_LAB_MAX } from './lanFile.ts';
import type { LanFile, LanFileKeeper } from './lanFile.ts';

export function machineMemory(file: LanFileKeeper): MachineMemory {
  return {
    key: async () => new MachineKey(await file.privateKey()),
    sessionOf: async (scope) => {
      const found = (await file.read()).joined.find((kept) => isIn(scope, kept));
      return found === undefined ? null : { count: found.count, nonce: found.nonce };
    },
    keepSession: async ({ labId, hostId }, session) => {
      await file.change((kept) => ({
        ...kept,
        joined: [...kept.joined.filter((other) => !isIn({ labId, hostId }, other)), { labId, hostId, ...session }],
      }));
    },
    becomeAnother: async () => {
      await file.change((kept) => ({ ...kept, privateKey: newPrivateKey(), joined: [] }));
    },
  };
}

/** @param hasNodes whether a machine has nodes in the lab: then its session is not dropped to make room */
export function guestSessions(
  file: LanFileKeeper, { labId, hostId }: SessionScope, hasNodes: (machineId: string) => boolean,
): GuestSessions {
  return {
    of: async (machineId) => {
      const { guests } = await file.read();
      const found = guests.find((kept) => isIn({ labId, hostId }, kept) && kept.machineId === machineId);
      return found === undefined
        ? undefined : { count: found.count, nonce: found.nonce, signature: found.signature };
    },
    keep: async (machineId, session) => {
      await file.change((kept) => {
        // Sessions that this machine kept under another host id for this lab prove nothing.
        const others = kept.guests.filter((other) => other.labId !== labId);
        const ofLab = kept.guests.filter((other) => isIn({ labId, hostId }, other) && other.machineId !== machineId);
        const bounded = withoutOldest(ofLab, GUESTS_OF_LAB_MAX - 1, hasNodes);
        return { ...kept, guests: [...others, ...bounded, { labId, hostId, machineId, ...session }] };
      });
    },
  };
}

/** The guests of a lab, at most the number kept: the oldest without nodes are forgotten first. */
function withoutOldest(
  guests: LanFile['guests'], max: number, hasNodes: (machineId: string) => boolean,
): LanFile['guests'] {
  const excess = Math.max(0, guests.length - max);
  const first = [...guests.filter(({ machineId }) => !hasNodes(machineId)), ...guests].slice(0, excess);
  const dropped = new Set(first);
  return guests.filter((guest) => !dropped.has(guest));
}

function isIn(scope: SessionScope, kept: SessionScope): boolean {
  return kept.labId === scope.labId && kept.hostId === scope.hostId;
}
