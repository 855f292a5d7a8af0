/** The rhythm of a snapshot's pieces: two at a time, questions into silence. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SnapshotTransfer } from '../../src/server/snapshots/snapshotTransfer.ts';

const PIECE = 256 * 1024;
const MIB = 1024 * 1024;

function transferOf(bytes: number, nowMs = 0): SnapshotTransfer {
  return new SnapshotTransfer({ bytes, pieceBytes: PIECE, silenceMs: 600 }, nowMs);
}

describe('a transfer', () => {
  test('begins with a question, and has two pieces under way from the answer on', () => {
    const transfer = transferOf(MIB);
    expect(transfer.take(0, false)).toEqual({ offset: 0, length: 0 });
    expect(transfer.take(1, false)).toBeUndefined();
    transfer.acknowledge(0, 2);
    expect(transfer.take(2, false)).toEqual({ offset: 0, length: PIECE });
    expect(transfer.take(2, true)).toEqual({ offset: PIECE, length: PIECE });
    expect(transfer.take(3, true)).toBeUndefined();
    transfer.acknowledge(PIECE, 4);
    expect(transfer.take(4, true)).toEqual({ offset: 2 * PIECE, length: PIECE });
    expect(transfer.take(4, true)).toBeUndefined();
  });

  test('goes on from what the follower has of an earlier try, and ends with what is left', () => {
    const transfer = transferOf(MIB + 5);
    transfer.take(0, false);
    transfer.acknowledge(MIB, 2);
    expect(transfer.acknowledgedBytes).toBe(MIB);
    expect(transfer.take(2, false)).toEqual({ offset: MIB, length: 5 });
    expect(transfer.take(2, false)).toBeUndefined();
  });

  test('does not send a piece again while it is under way, and does when it is lost', () => {
    const transfer = transferOf(PIECE);
    transfer.take(0, false);
    transfer.acknowledge(0, 1);
    transfer.take(1, false);
    expect(transfer.take(101, true)).toEqual({ offset: 0, length: 0 });
    transfer.acknowledge(0, 102);
    expect(transfer.take(102, true)).toBeUndefined();
    expect(transfer.take(103, false)).toBeUndefined(); // its answer may still come
    expect(transfer.take(201, false)).toEqual({ offset: 0, length: 0 });
    transfer.acknowledge(0, 206);
    expect(transfer.take(206, false)).toEqual({ offset: 0, length: PIECE });
  });

  test('sends both pieces again when the first is lost, because nothing is kept behind a gap', () => {
    const transfer = transferOf(MIB);
    transfer.take(0, false);
    transfer.acknowledge(PIECE, 1);
    transfer.take(1, false);
    transfer.take(1, true);
    transfer.acknowledge(PIECE, 500);
    transfer.take(500, false);
    transfer.acknowledge(PIECE, 1000);
    expect(transfer.take(1000, false)).toEqual({ offset: PIECE, length: PIECE });
    expect(transfer.take(1000, true)).toEqual({ offset: 2 * PIECE, length: PIECE });
  });

  test('does not take a piece for lost when an answer of before is overtaken by it', () => {
    const transfer = transferOf(PIECE);
    transfer.take(0, false);
    transfer.acknowledge(0, 400);
    transfer.take(400, false);
    expect(transfer.take(500, true)).toEqual({ offset: 0, length: 0 });
    expect(transfer.take(800, false)).toEqual({ offset: 0, length: 0 }); // it has arrived
    transfer.acknowledge(0, 850); // of the first question
    expect(transfer.take(850, false)).toBeUndefined();
    transfer.acknowledge(PIECE, 900);
    expect(transfer.take(900, false)).toEqual({ offset: PIECE, length: 0 }); // is it installed?
  });

  test('asks a silent follower more and more seldom, and is overdue in the end', () => {
    const transfer = transferOf(MIB);
    const askedAtMs: number[] = [];
    let nowMs = 0;
    for (; !transfer.isOverdue(nowMs); nowMs += 1) {
      const range = transfer.take(nowMs, false);
      if (range !== undefined) {
        expect(range.length).toBe(0);
        askedAtMs.push(nowMs);
      }
    }
    const pauses = askedAtMs.slice(1).map((atMs, at) => atMs - (askedAtMs[at] ?? 0));
    expect(pauses.length).toBeGreaterThan(2);
    expect(pauses.every((pause, at) => pause >= (pauses[at - 1] ?? 0))).toBe(true);
    expect(nowMs).toBeGreaterThan(600);
  });

  test('asks now and then whether the snapshot is installed, once all of it is there', () => {
    const transfer = transferOf(PIECE);
    transfer.take(0, false);
    transfer.acknowledge(PIECE, 5);
    expect(transfer.take(5, false)).toBeUndefined();
    expect(transfer.take(150, false)).toEqual({ offset: PIECE, length: 0 });
  });

  test('does not believe a late answer that tells of less, but a follower that has lost what it had', () => {
    const transfer = transferOf(MIB);
    transfer.take(0, false);
    transfer.acknowledge(2 * PIECE, 5);
    expect(transfer.acknowledge(PIECE, 6)).toBe(true);
    expect(transfer.acknowledgedBytes).toBe(2 * PIECE);
    expect(transfer.acknowledge(0, 7)).toBe(true);
    expect(transfer.acknowledge(0, 8)).toBe(false);
  });

  test('ends whatever is lost', () => {
    fc.assert(fc.property(
      fc.integer({ min: 1, max: 2 * MIB }), fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
      fc.integer({ min: 0, max: 60 }),
      (bytes, draws, lossPercent) => {
        const isLost = (): boolean => (draws.next().value ?? 0) < lossPercent;
        const transfer = transferOf(bytes);
        let has = 0;
        let nowMs = 0;
        for (; transfer.acknowledgedBytes < bytes && nowMs < 1_000_000; nowMs += 1) {
          const range = transfer.take(nowMs, false);
          if (range === undefined || isLost()) continue;
          expect(range.length).toBeLessThanOrEqual(PIECE);
          if (range.offset <= has) has = Math.max(has, range.offset + range.length);
          if (!isLost()) transfer.acknowledge(has, nowMs);
        }
        expect(transfer.acknowledgedBytes).toBe(bytes);
      },
    ), { numRuns: 200 });
  });
});
