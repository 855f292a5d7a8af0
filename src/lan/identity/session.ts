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

/** Where a session counts: at one host, by its proven key. A lab's id alone can be said by anybody. */
export interface SessionScope {
  readonly labId: string;
  readonly hostId: string;
}

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

/** The session that follows the newest one that a machine has. */
export function nextSession(newest: Session | undefined): Session {
  return {
    count: Math.min((newest?.count ?? 0) + 1, COUNT_MAX), nonce: randomBytes(NONCE_BYTES).toString('hex'),
  };
}

/**
 * Whether a machine may keep and sign a session that a host hands over: the one after its own, or its own again. It
 * never goes back and signs no two of one count: what it has signed itself cannot be shown to it as a copy's.
 */
export function mayFollow(own: Session | null, offered: Session): boolean {
  return offered.count === (own?.count ?? 0) + 1 || (own !== null && isSameSession(own, offered));
}

export function isSameSession(one: Session, other: Session): boolean {
  return one.count === other.count && one.nonce === other.nonce;
}

/** The machine's word that it has kept a session. */
export function signSession(key: MachineKey, scope: SessionScope, session: Session): SignedSession {
  return { ...session, signature: key.sign(PURPOSE, statement(scope, session)) };
}

export function isSignedSession(
  publicKey: string, scope: SessionScope, { signature, ...session }: SignedSession,
): boolean {
  return isSignedBy(publicKey, PURPOSE, statement(scope, session), signature);
}

/**
 * Whether a host proves that another machine has this one's key: by a session that this one does not know although the
 * key has signed it. What a host merely says is no reason to give up an identity.
 */
export function provesCopy(
  publicKey: string, scope: SessionScope, own: Session | null, shown: SignedSession,
): boolean {
  return isSignedSession(publicKey, scope, shown) && isOfCopy(shown, own);
}

function statement({ labId, hostId }: SessionScope, { count, nonce }: Session): string {
  return `${labId} ${hostId} ${count} ${nonce}`;
}
