/** For how long a node that is restarted keeps votes back, by what the lab allowed lately. */
import { expect, it } from 'vitest';
import { GivenPromises } from '../../src/lab/membership/givenPromises.ts';

it('an election timeout with lease reads, or what is left of a longer one from before', () => {
  let nowMs = 1_000_000;
  const promises = new GivenPromises(() => nowMs);
  expect(promises.leftMs(false, 'slow')).toBe(0);
  expect(promises.leftMs(true, 'fast')).toBe(150);
  promises.ended('slow');
  nowMs += 1000;
  promises.ended('fast');
  expect(promises.leftMs(false, 'fast')).toBe(4000);
  expect(promises.leftMs(true, 'class')).toBe(4000);
  nowMs += 3000;
  expect(promises.leftMs(true, 'class')).toBe(1500);
  nowMs += 1000;
  expect(promises.leftMs(false, 'slow')).toBe(0);
});
