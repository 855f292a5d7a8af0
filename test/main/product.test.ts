// What the app takes from the package.json that it was packaged with.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readProduct } from '../../src/main/product.ts';
import { temporaryFolder } from './support.ts';

function manifest(content: unknown): string {
  const path = join(temporaryFolder(), 'package.json');
  writeFileSync(path, JSON.stringify(content));
  return path;
}

const repository = { type: 'git', url: 'https://github.com/somebody/raftlab' };

test('a release is named Raftlab and knows where releases are', () => {
  expect(readProduct(manifest({ productName: 'Raftlab', version: '1.2.3', repository }), true))
    .toEqual({ name: 'Raftlab', version: '1.2.3', build: 'release', repository: 'somebody/raftlab' });
});

test('any other name in a package is a test build’s', () => {
  expect(readProduct(manifest({ productName: 'Raftlab Test Build', version: '1.2.3' }), true))
    .toMatchObject({ name: 'Raftlab Test Build', build: 'test', repository: null });
});

test('this checkout’s own package.json makes a development build', () => {
  expect(readProduct(join(import.meta.dirname, '..', '..', 'package.json'), false))
    .toMatchObject({ name: 'Raftlab', build: 'development' });
});

test.each([
  { version: '1.2.3' },
  { productName: 'Raftlab', version: 'latest' },
  { productName: 'Raftlab', version: '1.2.3', repository: { url: 'http://github.com/somebody/raftlab' } },
  { productName: 'Raftlab', version: '1.2.3', repository: { url: 'https://github.com/somebody/raftlab/../else' } },
])('a manifest that packaging would not write is refused: %j', (content) => {
  expect(() => readProduct(manifest(content), true)).toThrow();
});
