/**
 * Join codes: what a teacher reads aloud and a student types, and the keys that are derived from it. See docs/wire.md.
 */
import { hkdfSync, scrypt } from 'node:crypto';
import { DATAGRAM_SECRET_BYTES } from './sealFormat.ts';

/** How many random bytes a code is made from. */
export const JOIN_CODE_RANDOM_BYTES = 9;

/** Crockford's alphabet: without I, L, O and U, so that nothing looks or sounds like a digit, and no words appear. */
const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** What people read instead of a digit. */
const MISREAD: Readonly<Record<string, string>> = { I: '1', L: '1', O: '0' };
const SYMBOL_BITS = 5n;
const SECRET_SYMBOLS = 13;
const CHECK_SYMBOLS = 2;
const CODE_SYMBOLS = SECRET_SYMBOLS + CHECK_SYMBOLS;
const SECRET_BITS = 65n;
const GROUP_SYMBOLS = 5;
/** The largest prime that fits into two symbols: it detects every single wrong symbol and every two swapped symbols. */
const CHECK_PRIME = 1021n;
/** Longer than any way to write a code; the rest of a longer text is ignored. */
const TEXT_LENGTH_MAX = 100;

/** 32 MiB and about a tenth of a second for each guess (RFC 7914). */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const;
const SCRYPT_SALT = 'raftlab join code 1';
const KEY_BYTES = 32;

/** A hundred bits. */
const PASSWORD_SYMBOLS = 20;

/** What can be wrong with a code as typed. */
export type JoinCodeProblem = 'too-short' | 'too-long' | 'unknown-character' | 'typo';

export type JoinCodeReading =
  /** `code` as it is written: `7KQ2M-4XD9T-PAVJS`. */
  | { readonly ok: true; readonly code: string }
  /** `message` says what is wrong in a sentence. */
  | { readonly ok: false; readonly problem: JoinCodeProblem; readonly message: string };

/** The keys that are derived from a code. */
export interface JoinKeys {
  /** What opens the host's door: the pre-shared key of its channel. 32 bytes. */
  readonly doorKey: Uint8Array;
  /** What the lab's datagrams are sealed with (seal.ts). 32 bytes. */
  readonly datagramSecret: Uint8Array;
}

/**
 * A new code of 65 secret bits.
 * @param random JOIN_CODE_RANDOM_BYTES bytes from a source fit for keys
 * @throws RangeError for any other number of bytes
 */
export function newJoinCode(random: Uint8Array): string {
  if (random.length !== JOIN_CODE_RANDOM_BYTES) {
    throw new RangeError(`a join code is made from ${JOIN_CODE_RANDOM_BYTES} random bytes, not ${random.length}`);
  }
  let secret = 0n;
  for (const byte of random) secret = (secret << 8n) | BigInt(byte);
  secret = BigInt.asUintN(Number(SECRET_BITS), secret);
  return grouped(symbolsOf(secret, SECRET_SYMBOLS) + symbolsOf(secret % CHECK_PRIME, CHECK_SYMBOLS));
}

/** Reads a code as people type it: in any case, with or without hyphens and spaces, O for 0, I or L for 1. */
export function readJoinCode(text: string): JoinCodeReading {
  const symbols = text.slice(0, TEXT_LENGTH_MAX + 1).toUpperCase().replace(/[\s\p{Pd}.]/gu, '')
    .replace(/[ILO]/g, (letter) => MISREAD[letter] ?? letter);
  const stranger = Array.from(symbols).find((symbol) => !SYMBOLS.includes(symbol));
  if (stranger !== undefined) {
    return problem('unknown-character', `A join code has no ${JSON.stringify(stranger)}: only digits and letters.`);
  }
  if (symbols.length < CODE_SYMBOLS) {
    return problem('too-short', `A join code has ${CODE_SYMBOLS} characters; these are ${symbols.length}.`);
  }
  if (symbols.length > CODE_SYMBOLS) {
    return problem('too-long', `A join code has ${CODE_SYMBOLS} characters; these are more.`);
  }
  const secret = numberOf(symbols.slice(0, SECRET_SYMBOLS));
  if (symbols.slice(SECRET_SYMBOLS) !== symbolsOf(secret % CHECK_PRIME, CHECK_SYMBOLS)) {
    return problem('typo', 'There is a mistake in this join code: compare it with the one that is shown.');
  }
  return { ok: true, code: grouped(symbols) };
}

/**
 * The keys of a code. Takes about a tenth of a second, on another thread: each guess of a code takes as long.
 * @param code as readJoinCode or newJoinCode gave it
 * @throws RangeError when it is not a code
 */
export async function joinKeysOf(code: string): Promise<JoinKeys> {
  const reading = readJoinCode(code);
  if (!reading.ok) throw new RangeError(reading.message);
  const master = await stretched(reading.code);
  const derive = (purpose: string, bytes: number): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', master, '', purpose, bytes));
  return {
    doorKey: derive('raftlab door 1', KEY_BYTES),
    datagramSecret: derive('raftlab datagrams 1', DATAGRAM_SECRET_BYTES),
  };
}

/**
 * What a program sends (AUTH) to a node's door on the LAN: it follows from the join code, and tells nothing of it.
 * @param doorKey as joinKeysOf gave it
 */
export function doorPasswordOf(doorKey: Uint8Array): string {
  const secret = new Uint8Array(hkdfSync('sha256', doorKey, '', 'raftlab client password 1', PASSWORD_SYMBOLS));
  // 32 symbols divide the 256 values of a byte evenly.
  return Array.from(secret, (byte) => SYMBOLS[byte % SYMBOLS.length]).join('').toLowerCase();
}

function stretched(code: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(code, SCRYPT_SALT, KEY_BYTES, SCRYPT, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function symbolsOf(number: bigint, count: number): string {
  let symbols = '';
  for (let rest = number; symbols.length < count; rest >>= SYMBOL_BITS) {
    symbols = (SYMBOLS[Number(rest & 31n)] ?? '') + symbols;
  }
  return symbols;
}

function numberOf(symbols: string): bigint {
  return Array.from(symbols).reduce((sum, symbol) => (sum << SYMBOL_BITS) | BigInt(SYMBOLS.indexOf(symbol)), 0n);
}

function grouped(symbols: string): string {
  return Array.from({ length: CODE_SYMBOLS / GROUP_SYMBOLS }, (_, group) =>
    symbols.slice(group * GROUP_SYMBOLS, (group + 1) * GROUP_SYMBOLS)).join('-');
}

function problem(what: JoinCodeProblem, message: string): JoinCodeReading {
  return { ok: false, problem: what, message };
}
