/** Join codes: short enough to read aloud, long enough that nobody guesses one, with a check so that typos are told. */
import { randomInt, scrypt } from 'node:crypto';

/** Crockford's base 32: digits and capitals without I, L, O and U, which are misread or misheard. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ALPHABET_SIZE = ALPHABET.length;
/** 12 × 5 = 60 bits. */
const SECRET_CHARACTERS = 12;
const GROUP = /^(.{4})(.{4})(.{5})$/;

/**
 * What makes each guess dear for somebody who recorded a handshake: 16 MiB of memory and some tens of milliseconds, so
 * that 60 bits last ten thousand cores for more than a hundred thousand years.
 */
const SCRYPT = { N: 2 ** 14, r: 8, p: 1 } as const;
const SALT = 'raftlab join code 1';
const KEY_BYTES = 32;

/** A new code, as people read it: `K7QM-3XPA-9TWHF`. */
export function newCode(): string {
  const secret = Array.from({ length: SECRET_CHARACTERS }, () => ALPHABET[randomInt(ALPHABET_SIZE)]).join('');
  return grouped(secret + checkCharacter(secret));
}

/**
 * Reads a code as people type it: any case, with or without hyphens and blanks, O for 0, I and L for 1.
 * @returns the code as `newCode` writes it; undefined when it is none, or has a typo
 */
export function parseCode(typed: string): string | undefined {
  const text = typed.toUpperCase().replace(/[\s\-–—.]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  const secret = text.slice(0, SECRET_CHARACTERS);
  const isWhole = text.length === SECRET_CHARACTERS + 1
    && Array.from(text).every((character) => ALPHABET.includes(character));
  return isWhole && text.slice(SECRET_CHARACTERS) === checkCharacter(secret) ? grouped(text) : undefined;
}

/** The key of the door that a code opens: 32 bytes. The work is done off the event loop. @param code as `newCode` */
export function doorKeyOf(code: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(code, SALT, KEY_BYTES, SCRYPT, (error, key) => {
      if (error === null) {
        resolve(new Uint8Array(key));
      } else {
        reject(error);
      }
    });
  });
}

/** Weighted so that any one wrong character, and any two neighbours in the wrong order, change it. */
function checkCharacter(secret: string): string {
  const sum = Array.from(secret).reduce((total, character, position) => (
    total + (position * 2 + 1) * ALPHABET.indexOf(character)
  ), 0);
  return ALPHABET[sum % ALPHABET_SIZE] ?? '';
}

function grouped(text: string): string {
  return text.replace(GROUP, '$1-$2-$3');
}
