/** Which secret a node seals with, and which it opens, while the lab's secret changes. */
import { beforeEach, expect, test } from 'vitest';
import { MACHINE } from '../../src/node/machine.ts';
import { Sealing } from '../../src/server/net/sealing.ts';
import { DatagramOpener, DatagramSealer, labDigestOf } from '../../src/wire/crypto.ts';
import { encodeMessage, HEADER_BYTES } from '../../src/wire/index.ts';
import { TestClock } from './support.ts';

const LAB = 'lab-a';
const [first, second, third] = [1, 2, 3].map((fill) => Buffer.alloc(32, fill)) as [Buffer, Buffer, Buffer];
const header = (sender: number, counter: number) => ({ sender, receiver: 3 - sender, boot: 1, counter });
let counter = 0;
let clock: TestClock;

function datagram(sender: number): Uint8Array {
  counter += 1;
  return encodeMessage(
    { type: 'TimeoutNow', from: sender, to: 3 - sender, term: 1 }, { labDigest: labDigestOf(LAB), boot: 1, counter },
  );
}

/** Whether n1 opens what n2 has sealed with a secret. */
function opens(sealing: Sealing, secret: Uint8Array): boolean {
  const plain = datagram(2);
  const bytes = new DatagramSealer(secret, LAB, 2, 1, Buffer.alloc(6)).seal(plain, header(2, counter));
  return sealing.opener?.open(bytes, header(2, counter)) !== undefined;
}

/** Whether others open with a secret what n1 seals. */
function sealsWith(sealing: Sealing, secret: Uint8Array): boolean {
  const plain = datagram(1);
  const bytes = sealing.seal(plain, header(1, counter));
  return new DatagramOpener([secret], LAB).open(bytes, header(1, counter)) !== undefined;
}

/** n1, which seals with this secret at first. */
function sealingWith(secret: Uint8Array | undefined): Sealing {
  return new Sealing({ ...MACHINE, clock }, LAB, 1, 1, secret);
}

beforeEach(() => {
  clock = new TestClock();
});

test('without a secret datagrams go as they are', () => {
  const sealing = sealingWith(undefined);
  const plain = datagram(1);
  expect(sealing.seal(plain, header(1, counter))).toBe(plain);
  expect(sealing.opener).toBeUndefined();
  expect(plain.length).toBeGreaterThan(HEADER_BYTES);
});

test('a lab that gets its first secret opens nothing else from then on', () => {
  const sealing = sealingWith(undefined);
  sealing.change(first);
  expect([opens(sealing, first), sealsWith(sealing, first), opens(sealing, second)]).toEqual([true, true, false]);
  expect(clock.timerCount).toBe(0);
});

test('a new secret seals at once, and what the one before has sealed is opened for five more seconds', () => {
  const sealing = sealingWith(first);
  sealing.change(second);
  expect([sealsWith(sealing, second), opens(sealing, first), opens(sealing, second)]).toEqual([true, true, true]);
  clock.advance(4999);
  expect(opens(sealing, first)).toBe(true);
  clock.advance(1);
  expect([opens(sealing, first), opens(sealing, second)]).toEqual([false, true]);
});

test('two changes in a row keep the last two, each for its own time', () => {
  const sealing = sealingWith(first);
  sealing.change(second);
  clock.advance(4000);
  sealing.change(third);
  expect([opens(sealing, first), opens(sealing, second), opens(sealing, third)]).toEqual([false, true, true]);
  clock.advance(4999);
  expect([opens(sealing, second), opens(sealing, third)]).toEqual([true, true]);
  clock.advance(1);
  expect([opens(sealing, second), opens(sealing, third)]).toEqual([false, true]);
  sealing.change(first);
  sealing.close();
  expect(clock.timerCount).toBe(0);
});

test('a secret that a node has already is no change: the one before is still opened for its time', () => {
  const sealing = sealingWith(first);
  sealing.change(second);
  clock.advance(4000);
  sealing.change(Buffer.from(second));
  expect([opens(sealing, first), opens(sealing, second), sealsWith(sealing, second)]).toEqual([true, true, true]);
  clock.advance(1000);
  expect(opens(sealing, first)).toBe(false);
});
