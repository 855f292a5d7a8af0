/** When a snapshot is due, and how much of the log may go. */
import { describe, expect, test } from 'vitest';
import { discardableIndex, indexNeeded, isSnapshotDue } from '../../src/server/snapshots/compactionPolicy.ts';
import { progressOf } from './support.ts';

const SETTINGS = { afterEntries: 100, afterBytes: 10_000, trailingEntries: 10 };
const SHORT = { firstIndex: 1, bytes: 500, beforeTrailing: 0 };

test('a snapshot is due after so many entries, or so many bytes, but never when nothing was applied', () => {
  expect(isSnapshotDue({ entries: 99, bytes: 9999 }, SETTINGS)).toBe(false);
  expect(isSnapshotDue({ entries: 100, bytes: 0 }, SETTINGS)).toBe(true);
  expect(isSnapshotDue({ entries: 1, bytes: 10_000 }, SETTINGS)).toBe(true);
  expect(isSnapshotDue({ entries: 0, bytes: 10_000 }, SETTINGS)).toBe(false);
});

describe('the log is discarded', () => {
  test('up to the trailing entries behind the snapshot', () => {
    expect(discardableIndex(150, Infinity, SHORT, SETTINGS)).toBe(140);
    expect(discardableIndex(5, Infinity, SHORT, SETTINGS)).toBe(0);
  });

  test('not beyond what followers that are catching up still need', () => {
    expect(discardableIndex(150, 120, SHORT, SETTINGS)).toBe(120);
    expect(discardableIndex(150, 145, SHORT, SETTINGS)).toBe(140);
  });

  test('up to the trailing bytes where these are fewer entries, whoever needs more once it has grown too long', () => {
    expect(discardableIndex(150, Infinity, { ...SHORT, beforeTrailing: 145 }, SETTINGS)).toBe(145);
    expect(discardableIndex(150, 120, { ...SHORT, beforeTrailing: 145 }, SETTINGS)).toBe(120);
    expect(discardableIndex(150, 120, { ...SHORT, bytes: 40_000, beforeTrailing: 145 }, SETTINGS)).toBe(145);
  });

  test('as usual when it has grown too long for their sake', () => {
    expect(discardableIndex(1000, 120, SHORT, SETTINGS)).toBe(990);
    expect(discardableIndex(150, 120, { ...SHORT, bytes: 40_000 }, SETTINGS)).toBe(140);
  });
});

test('followers need what comes after their match, or after the snapshot they are sent; silent ones nothing', () => {
  expect(indexNeeded([])).toBe(Infinity);
  expect(indexNeeded([progressOf(2, { matchIndex: 90 }), progressOf(3, { matchIndex: 70 })])).toBe(70);
  expect(indexNeeded([progressOf(2, {}), progressOf(3, { matchIndex: 7, silent: true })])).toBe(100);
  const receiving = progressOf(3, { state: 'snapshot', matchIndex: 7, pendingSnapshot: 60 });
  expect(indexNeeded([progressOf(2, {}), receiving])).toBe(60);
});
