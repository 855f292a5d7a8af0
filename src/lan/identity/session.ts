/**
 * The sessions of a machine in a lab, by which a copied data folder is told from the machine that it was copied from.
 * The host hands over a new session whenever the machine connects, and now and then while it is connected; the machine
 * keeps it on its disk and signs that it has it, and then the host keeps it. A machine that comes with an older session
 * than the host has kept is a copy, or has been restored from a backup: its nodes have forgotten what they
 * acknowledged, and must not start (docs/decisions/0072). Pure but for the signatures.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { isSignedBy, signatureSchema } from './machineKey.ts';
import type { MachineKey } from './machineKey.ts';

const NONCE_BYTES = 16;
/** More sessions than any machine begins. */
const COUNT_MAX = 1_000_000_000;
const PURPOSE = 'session';

export const sessionSchema = z.strictObject({
  count: z.int().min(1).max(COUNT_MAX),
  /** Tells two sessions apart that a machine and its copy began with the same count. */
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
});
export type Session = z.output<typeof sessionSchema>;

/** A session with the signature of the machine that has it. */
export const signedSessionSchema = sessionSchema.extend({ signature: signatureSchema });
export type SignedSession = z.output<typeof signedSessionSchema>;

/**
 * Whether a machine that tells this session is not the one that the host knows, but a copy of what it once was.
 * @param kept the session that the host has kept; undefined when it has never seen this machine
 * @param told the session that the machine has kept; null when it remembers none
 */
export function isOfCopy(kept: Session | undefined, told: Session | null): boolean {
  if (kept === undefined) {
    return false;
  }
  // A machine is ahead by one when the host ended before it had kept what the machine confirmed.
  return told === null || told.count < kept.count || (told.count === kept.count && told.nonce !== kept.nonce);
}

/** The session that follows. */
export function nextSession(kept: Session | undefined, told: Session | null): Session {
  const known = kept?.count ?? 0;
  // Not told.count + 1: a machine whose confirmation was lost must not get ahead of its copy. One that is further ahead
  // is so because the host has lost what it had kept.
  const count = told !== null && told.count > known + 1 ? told.count : known;
  return { count: Math.min(count + 1, COUNT_MAX), nonce: randomBytes(NONCE_BYTES).toString('hex') };
}

/** The machine's word that it has kept a session. */
export function signSession(key: MachineKey, labId: string, session: Session): SignedSession {
  return { ...session, signature: key.sign(PURPOSE, statement(labId, session)) };
}

export function isSignedSession(publicKey: string, labId: string, { signature, ...session }: SignedSession): boolean {
  return isSignedBy(publicKey, PURPOSE, statement(labId, session), signature);
}

/**
 * Whether a host proves that another machine has this one's key: by a session that this one does not know although the
 * key has signed it. What a host merely says is no reason to give up an identity.
 */
export function provesCopy(publicKey: string, labId: string, own: Session | null, shown: SignedSession): boolean {
  return isSignedSession(publicKey, labId, shown) && isOfCopy(shown, own);
}

function statement(labId: string, { count, nonce }: Session): string {
  return `${labId} ${count} ${nonce}`;
}
