import { expect, test } from 'vitest';
import { restoreFuses } from '../../../scripts/electron/fuses.mjs';

const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';

/** An executable with a fuse wire somewhere in it. */
function executable(wire: string, version = 1) {
  return Buffer.concat([
    Buffer.from('code before'),
    Buffer.from(SENTINEL),
    Buffer.from([version, wire.length]),
    Buffer.from(wire),
    Buffer.from('code after'),
  ]);
}

test('turns inspection on and the own V8 snapshot off, and touches nothing else', () => {
  expect(restoreFuses(executable('01001110'))).toEqual(executable('01011100'));
});

test('refuses what it does not know', () => {
  expect(() => restoreFuses(Buffer.from('no wire'))).toThrow('no fuse wire');
  expect(() => restoreFuses(executable('0100111', 2))).toThrow('version 2');
  expect(() => restoreFuses(executable('010011'))).toThrow('6 fuses');
});
