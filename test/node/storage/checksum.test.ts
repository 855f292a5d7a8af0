import { expect, it } from 'vitest';
import { checksumOf } from '../../../src/node/storage/checksum.ts';

it('goes on from where it begins, and no bytes change nothing', () => {
  const bytes = new TextEncoder().encode('raft.db');
  const part = checksumOf(bytes.subarray(0, 3), 0);
  expect(checksumOf(bytes.subarray(3), part)).toBe(checksumOf(bytes, 0));
  expect(checksumOf(new Uint8Array(0), part)).toBe(part);
  // A position in a large snapshot begins with what 32 bits hold of it.
  expect(checksumOf(new Uint8Array(0), 2 ** 32 + 5)).toBe(5);
});
