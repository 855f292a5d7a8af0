/**
 * The part of CBOR (RFC 8949) that Raftlab writes and accepts: definite lengths, no tags, safe to decode from anyone.
 */
import { Decoder, Encoder } from 'cbor-x/index-no-eval';

/** How deep arrays and maps may nest. The limit keeps a recursive decoder from overflowing its stack. */
export const CBOR_DEPTH_MAX = 8;

/** What the decoder may return. Numbers are safe integers or float64; maps have text keys. */
export type CborValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue };

/** 0, 1, 2 … */
export function isWholeNumber(value: CborValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

const encoder = new Encoder({
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  tagUint8Array: false,
  structuredClone: false,
});

// int64AsNumber is missing from the package's types; without it, an 8-byte integer would come back as a bigint.
const decoderOptions = { useRecords: false, mapsAsObjects: true, copyBuffers: true, int64AsNumber: true };
const decoder = new Decoder(decoderOptions);
const viewDecoder = new Decoder({ ...decoderOptions, copyBuffers: false });

/**
 * Encodes a value, integers in their shortest form up to 32 bits and as float64 beyond.
 * @returns separate bytes (not a view of a larger buffer)
 */
export function encodeCbor(value: CborValue): Uint8Array {
  return new Uint8Array(encoder.encode(value));
}

/**
 * Decodes exactly one value that fills `bytes`; byte strings are copied out.
 * @returns undefined when the bytes are not a well-formed value of the accepted part of CBOR; never throws
 */
export function decodeCbor(bytes: Uint8Array): CborValue | undefined {
  return decodeWith(decoder, bytes);
}

/** As decodeCbor, but byte strings are views of `bytes`: for callers that copy them out themselves. */
export function decodeCborAsViews(bytes: Uint8Array): CborValue | undefined {
  return decodeWith(viewDecoder, bytes);
}

function decodeWith(decoderOfChoice: Decoder, bytes: Uint8Array): CborValue | undefined {
  // A plain view: a Buffer would give Buffers for byte strings, and the decoder sets a property on its input.
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isStrictCbor(view)) return undefined;
  try {
    return decoderOfChoice.decode(view) as CborValue; // isStrictCbor has looked at every item
  } catch {
    return undefined;
  }
}

const MAJOR_TEXT = 3;
const MAJOR_ARRAY = 4;
const MAJOR_MAP = 5;
const MAJOR_TAG = 6;
const MAJOR_SIMPLE = 7;

/**
 * Whether the bytes are one value without tags, indefinite lengths, undefined, short floats or non-text keys, nested no
 * deeper than CBOR_DEPTH_MAX, and every announced length is there (RFC 8949 §3, appendix C).
 */
function isStrictCbor(bytes: Uint8Array): boolean {
  /** For each open array or map: how many items it still lacks. */
  const missing: number[] = [1];
  /** For each of those: whether the next item is a map's key. `undefined` for arrays. */
  const keyNext: (boolean | undefined)[] = [undefined];
  let position = 0;
  while (missing.length > 0) {
    const level = missing.length - 1;
    if (missing[level] === 0) {
      missing.pop();
      keyNext.pop();
      continue;
    }
    const head = readHead(bytes, position);
    if (head === undefined) return false;
    const isKey = keyNext[level];
    if (isKey === true && head.major !== MAJOR_TEXT) return false;
    if (isKey !== undefined) keyNext[level] = !isKey;
    missing[level] = (missing[level] ?? 0) - 1;
    position = head.end;
    if (head.major === MAJOR_ARRAY || head.major === MAJOR_MAP) {
      const itemCount = head.major === MAJOR_MAP ? 2 * head.argument : head.argument;
      if (itemCount > bytes.length - position || missing.length > CBOR_DEPTH_MAX) return false;
      missing.push(itemCount);
      keyNext.push(head.major === MAJOR_MAP ? true : undefined);
    }
  }
  return position === bytes.length;
}

interface Head {
  readonly major: number;
  readonly argument: number;
  /** Where the next item begins: after a string's bytes, but at an array's first item. */
  readonly end: number;
}

function readHead(bytes: Uint8Array, position: number): Head | undefined {
  const first = bytes[position];
  if (first === undefined) return undefined;
  const major = first >> 5;
  const info = first & 0x1f;
  if (major === MAJOR_TAG || info > 27) return undefined;
  // The accepted simple values and floats: false, true, null and float64.
  if (major === MAJOR_SIMPLE && !(info >= 20 && info <= 22) && info !== 27) return undefined;
  const width = info < 24 ? 0 : 2 ** (info - 24);
  let end = position + 1 + width;
  if (end > bytes.length) return undefined;
  let argument = info;
  if (width > 0) {
    argument = 0;
    for (let at = position + 1; at < end; at += 1) argument = argument * 256 + (bytes[at] ?? 0);
  }
  if (major === 2 || major === MAJOR_TEXT) {
    if (argument > bytes.length - end) return undefined;
    end += argument;
  }
  return { major, argument, end };
}
