/** Keys and values in CBOR: a text string where they are text, a byte string where they are not (decision 0096). */
import type { CborValue } from '../cbor/strict.ts';
import { bytesOfText, hasLoneSurrogate, textOfBytes } from './bytes.ts';

/** CBOR's decoder takes it away from the beginning of a longer text. */
const BYTE_ORDER_MARK = '\ufeff';

/** A key or value for CBOR. */
export function textToCbor(text: string): string | Uint8Array {
  return isWrittenAsBytes(text) ? bytesOfText(text) : text;
}

/** A key or value from CBOR; undefined for anything that is none, and for bytes that are written as text. */
export function textFromCbor(word: CborValue | undefined): string | undefined {
  if (typeof word === 'string') return word;
  if (!(word instanceof Uint8Array)) return undefined;
  const text = textOfBytes(word);
  return isWrittenAsBytes(text) ? text : undefined;
}

function isWrittenAsBytes(text: string): boolean {
  return hasLoneSurrogate(text) || text.startsWith(BYTE_ORDER_MARK);
}
