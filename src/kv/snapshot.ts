/**
 * The state machine as bytes, a block at a time: neither writing nor reading a large one needs all of it at once.
 *
 * A snapshot is a CBOR sequence (RFC 8742) of byte strings, each with a length of four bytes. Every byte string holds
 * one CBOR array, the block:
 * `["snapshot", version, lastApplied, dataBytesMax or null]` first; then `["pairs", key, value, key, value …]`, keys in
 * order; then for each session `["session", session, client, request, lastUsedIndex, keptFrom]` and `["results",
 * [sequence, result], …]`; finally `["end", pairCount, sessionCount]`. A key or value that is no text is a byte string.
 */
import * as z from 'zod/mini';
import { decodeCbor, encodeCbor } from '../cbor/strict.ts';
import type { CborValue } from '../cbor/strict.ts';
import type { Index } from '../raft/types.ts';
import { textFromCbor, textToCbor } from './cborText.ts';
import type { KvPair, KvResult } from './commands.ts';
import type { Session } from './sessions.ts';
import { utf8Length } from './text.ts';

/**
 * 4: with keys and values that are no text. Version 3, which had none, is read in the same way; version 2 as one
 * without a limit for keys and values.
 */
const SNAPSHOT_VERSION = 4;
/** A block is closed when its keys and values have reached this many bytes; one pair may be longer by itself. */
const BLOCK_BYTES = 64 * 1024;
/** The same for recorded results, most of which are short. */
const RESULTS_PER_BLOCK = 256;

/** The head of a block: major type 2 (byte string) with a length of four bytes. */
const BLOCK_HEAD = 0x5a;
const BLOCK_HEAD_BYTES = 5;
/** Raftlab's blocks are far shorter: bytes that announce more are not a snapshot. */
const BLOCK_BYTES_MAX = 64 * 1024 * 1024;

/** What a snapshot holds. */
export interface SnapshotContents {
  readonly lastApplied: Index;
  /** The most that keys and values together may take, if the log has set it. */
  readonly dataBytesMax: number | null;
  /** In the order of their keys' bytes. */
  readonly pairs: Iterable<KvPair>;
  /** The one used longest ago first. */
  readonly sessions: Iterable<Session>;
}

/** What receives a snapshot that is being read. Called in the order in which the contents were written. */
export interface SnapshotTarget {
  begin(lastApplied: Index, dataBytesMax: number | null): void;
  pair(key: string, value: string): void;
  session(session: Session): void;
}

/** The bytes are not a snapshot of this version. */
export class SnapshotError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SnapshotError';
  }
}

/** The blocks of a snapshot, one after the other: the same bytes for the same contents, on any machine. */
export function* snapshotBlocks(contents: SnapshotContents): Generator<Uint8Array, void> {
  yield blockOf(['snapshot', SNAPSHOT_VERSION, contents.lastApplied, contents.dataBytesMax]);
  let pairCount = 0;
  let texts: CborValue[] = [];
  let textBytes = 0;
  for (const { key, value } of contents.pairs) {
    pairCount += 1;
    texts.push(textToCbor(key), textToCbor(value));
    textBytes += utf8Length(key) + utf8Length(value);
    if (textBytes >= BLOCK_BYTES) {
      yield blockOf(['pairs', ...texts]);
      texts = [];
      textBytes = 0;
    }
  }
  if (texts.length > 0) yield blockOf(['pairs', ...texts]);
  let sessionCount = 0;
  for (const session of contents.sessions) {
    sessionCount += 1;
    yield* sessionBlocks(session);
  }
  yield blockOf(['end', pairCount, sessionCount]);
}

function* sessionBlocks(session: Session): Generator<Uint8Array, void> {
  yield blockOf([
    'session', session.session, session.client, session.request, session.lastUsedIndex, session.keptFrom,
  ]);
  let rows: CborValue[] = [];
  let textBytes = 0;
  for (const [sequence, result] of session.results) {
    rows.push([sequence, recordedToCbor(result)]);
    textBytes += recordedTextBytes(result);
    if (rows.length === RESULTS_PER_BLOCK || textBytes >= BLOCK_BYTES) {
      yield blockOf(['results', ...rows]);
      rows = [];
      textBytes = 0;
    }
  }
  if (rows.length > 0) yield blockOf(['results', ...rows]);
}

function blockOf(array: CborValue[]): Uint8Array {
  const body = encodeCbor(array);
  const block = new Uint8Array(BLOCK_HEAD_BYTES + body.length);
  block[0] = BLOCK_HEAD;
  new DataView(block.buffer).setUint32(1, body.length);
  block.set(body, BLOCK_HEAD_BYTES);
  return block;
}

/** Names the fields one by one, so that their order in the bytes is defined only here. */
function recordedToCbor(result: KvResult): CborValue {
  switch (result.type) {
    case 'written':
    case 'deleted':
      return { type: result.type, previous: nullableToCbor(result.previous) };
    case 'compared':
      return { type: 'compared', swapped: result.swapped, actual: nullableToCbor(result.actual) };
    case 'number':
      return { type: 'number', value: result.value };
    case 'refused':
      return { type: 'refused', code: result.code, message: result.message };
    case 'value':
    case 'list':
    case 'registered':
      throw new Error(`a session holds a result of type ${result.type}, which is never recorded`);
  }
}

function nullableToCbor(text: string | null): CborValue {
  return text === null ? null : textToCbor(text);
}

function recordedTextBytes(result: KvResult): number {
  const text = 'previous' in result ? result.previous : 'actual' in result ? result.actual : null;
  return text === null ? 0 : utf8Length(text);
}

const previous = z.nullable(z.pipe(z.transform(textFromCbor), z.string()));
const recordedResultSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('written'), previous }),
  z.strictObject({ type: z.literal('deleted'), previous }),
  z.strictObject({ type: z.literal('compared'), swapped: z.boolean(), actual: previous }),
  z.strictObject({ type: z.literal('number'), value: z.int() }),
  z.strictObject({
    type: z.literal('refused'),
    code: z.enum(['not-a-number', 'number-too-large', 'data-limit-reached']),
    message: z.string(),
  }),
]) satisfies z.ZodMiniType<KvResult>;

const count = z.int().check(z.minimum(0));
const positive = z.int().check(z.minimum(1));
const headSchema = z.union([
  z.tuple([z.literal('snapshot'), z.literal([3, SNAPSHOT_VERSION]), count, z.nullable(positive)]),
  z.tuple([z.literal('snapshot'), z.literal(2), count]),
]);
const sessionSchema = z.tuple([z.literal('session'), positive, z.string(), z.string(), count, positive]);
const resultsSchema = z.array(z.tuple([positive, recordedResultSchema]));
const endSchema = z.tuple([z.literal('end'), count, count]);

/** Reads a snapshot whose bytes come in pieces of any length. */
export class SnapshotReader {
  readonly #target: SnapshotTarget;
  /** Bytes that have come but do not make up a whole block yet. */
  #rest = new Uint8Array();
  #state: 'head' | 'pairs' | 'sessions' | 'ended' = 'head';
  #session: (Session & { readonly results: Map<number, KvResult> }) | undefined;
  #pairCount = 0;
  #sessionCount = 0;

  constructor(target: SnapshotTarget) {
    this.#target = target;
  }

  /** @throws {SnapshotError} when the bytes so far are not the beginning of a snapshot of this version */
  push(bytes: Uint8Array): void {
    const joined = this.#rest.length === 0 ? bytes : concatenated([this.#rest, bytes]);
    let at = 0;
    for (;;) {
      const end = blockEnd(joined, at);
      if (end === undefined) break;
      this.#read(decodeCbor(joined.subarray(at + BLOCK_HEAD_BYTES, end)));
      at = end;
    }
    this.#rest = joined.slice(at);
  }

  /** @throws {SnapshotError} when the snapshot has not ended */
  finish(): void {
    if (this.#state !== 'ended' || this.#rest.length > 0) {
      const read = `${this.#pairCount} pairs and ${this.#sessionCount} sessions`;
      throw new SnapshotError(`a snapshot breaks off after ${read}`);
    }
  }

  #read(block: CborValue | undefined): void {
    if (!Array.isArray(block)) throw new SnapshotError('a block of the snapshot is not an array');
    const [name] = block as readonly CborValue[];
    if (this.#state === 'head') {
      const [, , lastApplied, dataBytesMax = null] = parsed(headSchema, block);
      this.#state = 'pairs';
      this.#target.begin(lastApplied, dataBytesMax);
    } else if (name === 'pairs' && this.#state === 'pairs') {
      this.#readPairs(block);
    } else if (name === 'session' && this.#state !== 'ended') {
      this.#state = 'sessions';
      this.#handOverSession();
      const [, session, client, request, lastUsedIndex, keptFrom] = parsed(sessionSchema, block);
      this.#session = { session, client, request, lastUsedIndex, keptFrom, results: new Map() };
    } else if (name === 'results' && this.#session !== undefined) {
      for (const [sequence, result] of parsed(resultsSchema, block.slice(1))) {
        this.#session.results.set(sequence, result);
      }
    } else if (name === 'end' && this.#state !== 'ended') {
      this.#end(parsed(endSchema, block));
    } else {
      throw new SnapshotError('the blocks of the snapshot are not in order');
    }
  }

  /** Checked by hand, not by a schema: nearly all of a snapshot is pairs. */
  #readPairs(block: readonly CborValue[]): void {
    if (block.length % 2 === 0) throw new SnapshotError(`${block.length - 1} texts of a snapshot do not form pairs`);
    for (let at = 1; at < block.length; at += 2) {
      const key = textFromCbor(block[at]);
      const value = textFromCbor(block[at + 1]);
      if (key === undefined || value === undefined) throw new SnapshotError('a key or value is no text and no bytes');
      this.#pairCount += 1;
      this.#target.pair(key, value);
    }
  }

  #handOverSession(): void {
    if (this.#session !== undefined) {
      this.#sessionCount += 1;
      this.#target.session(this.#session);
      this.#session = undefined;
    }
  }

  #end([, pairCount, sessionCount]: z.output<typeof endSchema>): void {
    this.#handOverSession();
    this.#state = 'ended';
    if (pairCount !== this.#pairCount || sessionCount !== this.#sessionCount) {
      throw new SnapshotError(`a snapshot of ${pairCount} pairs and ${sessionCount} sessions holds `
        + `${this.#pairCount} and ${this.#sessionCount}`);
    }
  }
}

/** Several byte arrays as one. */
export function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Where the block that begins at `at` ends; undefined while it is not whole. */
function blockEnd(bytes: Uint8Array, at: number): number | undefined {
  if (at < bytes.length && bytes[at] !== BLOCK_HEAD) throw new SnapshotError('the bytes are not a snapshot');
  if (at + BLOCK_HEAD_BYTES > bytes.length) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset + at, BLOCK_HEAD_BYTES).getUint32(1);
  if (length > BLOCK_BYTES_MAX) throw new SnapshotError(`a block of the snapshot announces ${length} bytes`);
  const end = at + BLOCK_HEAD_BYTES + length;
  return end <= bytes.length ? end : undefined;
}

function parsed<Schema extends z.ZodMiniType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) {
    const problem = result.error.issues[0];
    const what = `${problem?.message ?? ''} at ${problem?.path.join('.') ?? ''}`;
    throw new SnapshotError(`a block is none of a snapshot: ${what}`);
  }
  return result.data;
}
