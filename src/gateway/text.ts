/** Bytes of clients as the texts of keys and values, and back. */

export function textOfBytes(bytes: Buffer): string {
  return bytes.toString('utf8');
}

export function bytesOfText(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}
