/** What a seal looks like, and what seals and opens: the cryptography itself is in seal.ts. */
import type { DatagramHeader } from './header.ts';

/** The secret that all members of a lab share. */
export const DATAGRAM_SECRET_BYTES = 32;
/** The random bytes that a sender draws when it starts. */
export const SEAL_START_BYTES = 6;

export const TAG_BYTES = 16;
/** How many bytes a seal adds to a datagram. */
export const SEAL_BYTES = SEAL_START_BYTES + TAG_BYTES;

/** Seals what one sender sends in one boot. */
export interface Sealer {
  /**
   * The sealed datagram: SEAL_BYTES longer, with the same header except for the flag, and an unreadable body.
   * @throws RangeError when the counter was used before, or the header is of another sender: a bug of the caller
   */
  seal(datagram: Uint8Array, header: DatagramHeader): Uint8Array;
}

/** Opens what the members of a lab have sealed. */
export interface Opener {
  /**
   * The body of a sealed datagram.
   * @param header as read from these bytes
   * @returns undefined when nobody who knows the secret has sealed it as it is; never throws
   */
  open(bytes: Uint8Array, header: DatagramHeader): Uint8Array | undefined;
}
