/** What a machine remembers of itself and of the machines that joined its labs. Resolved is on disk. */
import type { MachineKey } from './machineKey.ts';
import type { Session, SessionScope, SignedSession } from './session.ts';

/** What a machine that joins labs remembers. */
export interface MachineMemory {
  key(): Promise<MachineKey>;
  /** The session that was kept of a lab at its host; null for none. */
  sessionOf(scope: SessionScope): Promise<Session | null>;
  keepSession(scope: SessionScope, session: Session): Promise<void>;
  /** This machine's data folder turned out to be a copy: it is another machine from now on. */
  becomeAnother(): Promise<void>;
}

/** What a host remembers of the machines that have joined one lab. */
export interface GuestSessions {
  of(machineId: string): Promise<SignedSession | undefined>;
  keep(machineId: string, session: SignedSession): Promise<void>;
}
