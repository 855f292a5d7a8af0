/** Chunks of snapshots and their answers come back as they were sent, and bad ones are refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../../src/cbor/strict.ts';
import type { CborValue } from '../../src/cbor/strict.ts';
import { labDigestOf } from '../../src/wire/crypto.ts';
import {
  decodeDatagram, encodeDatagram, encodeSnapshotBody, SHA256_BYTES,
  SNAPSHOT_BYTES_MAX,
} from '../../src/wire/index.ts';
import type { SnapshotChunk, SnapshotMessage } from '../../src/wire/index.ts';
import { logNumber } from './arbitraries.ts';

const labDigest = labDigestOf('lab-1');
const header = { sender: 3, receiver: 4, boot: 7, counter: 12 };

/** Each member in one of five parts: voter; voter of both halves; outgoing only; becoming a learner; learner. */
const configuration = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 0xffff_ffff }), fc.nat({ max: 4 })), {
    minLength: 1, maxLength: 15, selector: ([id]) => id,
  })
  .map((members) => {
    // The first one votes in both halves, so that neither is empty.
    const parts = members.map(([id, part], at) => [id, at === 0 ? 1 : part] as const).sort(([a], [b]) => a - b);
    const inParts = (...wanted: number[]): number[] => (
      parts.filter(([, part]) => wanted.includes(part)).map(([id]) => id)
    );
    return {
      voters: inParts(0, 1), votersOutgoing: inParts(1, 2, 3), learners: inParts(4), learnersNext: inParts(3),
      autoLeave: true,
    };
  });
const positive = logNumber.map((number) => number + 1);
const identity = {
  lastIncludedIndex: positive, lastIncludedTerm: positive, bytes: fc.integer({ min: 2000, max: SNAPSHOT_BYTES_MAX }),
  sha256: fc.uint8Array({ minLength: SHA256_BYTES, maxLength: SHA256_BYTES }),
};
const envelope = { from: fc.constant(3), to: fc.constant(4), term: logNumber };
const chunk: fc.Arbitrary<SnapshotChunk> = fc.record({
  type: fc.constant('SnapshotChunk'), ...envelope, snapshot: fc.record({ ...identity, configuration }),
  offset: fc.nat({ max: 1000 }), data: fc.uint8Array({ maxLength: 1000 }),
});
const response: fc.Arbitrary<SnapshotMessage> = fc.record({
  type: fc.constant('SnapshotChunkResponse'), ...envelope, snapshot: fc.record(identity),
  receivedBytes: fc.nat({ max: 1000 }),
  state: fc.constantFrom('receiving', 'installed', 'refused'),
});

function decoded(body: Uint8Array): ReturnType<typeof decodeDatagram> {
  return decodeDatagram(encodeDatagram([body], labDigest, header), { labDigest });
}

describe('a chunk and its answer', () => {
  it('come back as they were sent', () => {
    fc.assert(fc.property(fc.oneof(chunk, response), (message) => {
      expect(decoded(encodeSnapshotBody(message)))
        .toEqual({ ok: true, header, kind: 'snapshot', snapshotMessage: message });
    }));
  });
});

describe('refused is', () => {
  const sum = new Uint8Array(SHA256_BYTES);
  const members = (count: number): CborValue => Array.from({ length: count }, (_, at) => at + 1);
  const nobody = [[], [], [], [], false];
  const alone = [[1], [], [], [], false];
  const refused: readonly (readonly [string, CborValue])[] = [
    ['an unknown kind', [4, 3, 1, 5, 1, 10, sum, 0, 0, 0]],
    ['a snapshot at no index', [4, 1, 1, 0, 1, 10, sum, alone, 0, new Uint8Array(1)]],
    ['an empty snapshot', [4, 1, 1, 5, 1, 0, sum, alone, 0, new Uint8Array()]],
    ['a snapshot that is too long', [4, 1, 1, 5, 1, SNAPSHOT_BYTES_MAX + 1, sum, alone, 0, new Uint8Array(1)]],
    ['a short checksum', [4, 1, 1, 5, 1, 10, new Uint8Array(31), alone, 0, new Uint8Array(1)]],
    ['data beyond the end', [4, 1, 1, 5, 1, 10, sum, alone, 9, new Uint8Array(2)]],
    ['a negative offset', [4, 1, 1, 5, 1, 10, sum, alone, -1, new Uint8Array(2)]],
    ['members out of order', [4, 1, 1, 5, 1, 10, sum, [[2, 1], [], [], [], false], 0, new Uint8Array(1)]],
    ['no voters', [4, 1, 1, 5, 1, 10, sum, nobody, 0, new Uint8Array(1)]],
    ['a voter who learns', [4, 1, 1, 5, 1, 10, sum, [[1], [], [1], [], false], 0, new Uint8Array(1)]],
    ['a joint configuration that is not', [4, 1, 1, 5, 1, 10, sum, [[1], [], [], [], true], 0, new Uint8Array(1)]],
    ['a configuration that lacks a list', [4, 1, 1, 5, 1, 10, sum, [[1], [], [], false], 0, new Uint8Array(1)]],
    ['something behind the data', [4, 1, 1, 5, 1, 10, sum, alone, 0, new Uint8Array(1), 0]],
    ['a snapshot of no term', [4, 1, 1, 5, 0, 10, sum, alone, 0, new Uint8Array(1)]],
    ['a member twice', [4, 1, 1, 5, 1, 10, sum, [[1, 1], [], [], [], false], 0, new Uint8Array(1)]],
    ['the member 0', [4, 1, 1, 5, 1, 10, sum, [[0, 1], [], [], [], false], 0, new Uint8Array(1)]],
    ['a member beyond 32 bits', [4, 1, 1, 5, 1, 10, sum, [[1, 2 ** 32], [], [], [], false], 0, new Uint8Array(1)]],
    ['65 members', [4, 1, 1, 5, 1, 10, sum, [members(65), [], [], [], false], 0, new Uint8Array(1)]],
    ['an outgoing voter who learns', [4, 1, 1, 5, 1, 10, sum, [[1], [2], [2], [], false], 0, new Uint8Array(1)]],
    ['one that is to learn and votes on',
      [4, 1, 1, 5, 1, 10, sum, [[1, 2], [2], [], [2], false], 0, new Uint8Array(1)]],
    ['one that is to learn and never voted',
      [4, 1, 1, 5, 1, 10, sum, [[1], [2], [], [3], false], 0, new Uint8Array(1)]],
    ['an answer with something behind its state', [4, 2, 1, 5, 1, 10, sum, 6, 0, 0]],
    ['an answer beyond the end', [4, 2, 1, 5, 1, 10, sum, 11, 0]],
    ['an answer in an unknown state', [4, 2, 1, 5, 1, 10, sum, 6, 3]],
  ];
  const accepted: readonly (readonly [string, CborValue])[] = [
    ['the last byte', [4, 1, 1, 5, 1, 10, sum, alone, 9, new Uint8Array(1)]],
    ['no byte behind the last', [4, 1, 1, 5, 1, 10, sum, alone, 10, new Uint8Array()]],
    ['the longest snapshot', [4, 1, 1, 5, 1, SNAPSHOT_BYTES_MAX, sum, alone, 0, new Uint8Array(1)]],
    ['64 members', [4, 1, 1, 5, 1, 10, sum, [members(64), [], [], [], false], 0, new Uint8Array(1)]],
    ['an answer that has all', [4, 2, 1, 5, 1, 10, sum, 10, 1]],
    ['an answer that has nothing', [4, 2, 1, 5, 1, 10, sum, 0, 0]],
  ];
  it.each(accepted)('not: %s', (_what, body) => {
    expect(decoded(encodeCbor(body))).toMatchObject({ ok: true, kind: 'snapshot' });
  });

  it.each(refused)('%s', (_what, body) => {
    expect(decoded(encodeCbor(body))).toMatchObject({ ok: false, reason: 'malformed' });
  });
});
