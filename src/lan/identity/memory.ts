/** What a machine remembers about itself and its labs' guests. A resolved promise means that it is on disk. */
import type { MachineKey } from './machineKey.ts';
import type { Session, SessionScope, SignedSession } from './session.ts';

/** What a machine that joins labs remembers. */
export interface MachineMemory {
  key(): Promise<MachineKey>;
  /** The session that was kept for a lab of one host; null for none. */
  sessionOf(scope: SessionScope): Promise<Session | null>;
  keepSession(scope: SessionScope, session: Session): Promise<void>;
  /** Takes a new identity because this machine's data folder turned out to be a copy. */
  becomeAnother(): Promise<void>;
}

/** What a host remembers about the machines that have joined one lab. */
export interface GuestSessions {
  of(machineId: string): Promise<SignedSession | undefined>;
  keep(machineId: string, session: SignedSession): Promise<void>;
}
