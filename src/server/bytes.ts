/** Bytes, without Node's Buffer: a server also runs where there is none. */

/** Whether both hold the same bytes. Not for secrets that somebody could guess by how long it takes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/**
 * A text that no other bytes have: a character for each of them. The bytes become arguments of one call, so there may
 * be a few hundred at most; joining characters takes twice as long, and a TextDecoder five times.
 */
export function textOfBytes(bytes: Uint8Array): string {
  const text: unknown = Reflect.apply(String.fromCharCode, String, bytes);
  return String(text);
}
