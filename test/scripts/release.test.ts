/** What a release is made of: the official Electron alone. */
import { expect, test } from 'vitest';
import { productFor, releaseObstacle } from '../../build/product.mjs';

test('a release is made from the official Electron alone', () => {
  expect(releaseObstacle({ kind: 'official', version: '45.4.1' })).toBeNull();
  for (const kind of ['stand-in', 'override', 'missing'] as const) {
    expect(releaseObstacle({ kind, version: '33.2.1' })).toContain(`set-up found 33.2.1 (${kind})`);
    expect(productFor(kind).name).toBe('Raftlab Test Build');
  }
});
