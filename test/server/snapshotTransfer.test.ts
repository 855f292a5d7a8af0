/** The rhythm of a snapshot's chunks: never more than a window, gaps filled, silence answered. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SnapshotTransfer, WINDOW_BYTES } from '../../src/server/snapshots/snapshotTransfer.ts';
import type { ChunkRange } from '../../src/server/snapshots/snapshotTransfer.ts';

const CHUNK = 32 * 1024;
const MIB = 1024 * 1024;

function transferOf(bytes: number, nowMs = 0): SnapshotTransfer {
  return new SnapshotTransfer({ bytes, chunkBytes: CHUNK, silenceMs: 600 }, nowMs);
}

const offsetsOf = (chunks: readonly ChunkRange[]): number[] => chunks.map(({ offset }) => offset / CHUNK);

/** A follower in memory: what it has, in whatever order it came. */
class Follower {
  readonly #has = new Set<number>();
  readonly #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  take({ offset, length }: ChunkRange): void {
    if (length > 0) this.#has.add(offset);
  }

  get progress(): { receivedBytes: number; heldFrom: number } {
    let receivedBytes = 0;
    while (this.#has.has(receivedBytes)) receivedBytes = Math.min(this.#bytes, receivedBytes + CHUNK);
    const beyond = [...this.#has].filter((offset) => offset > receivedBytes);
    return { receivedBytes, heldFrom: beyond.length === 0 ? receivedBytes : Math.min(...beyond) };
  }
}

describe('a transfer', () => {
  test('begins with one chunk, and goes on with a window once the follower has answered', () => {
    const transfer = transferOf(MIB);
    expect(offsetsOf(transfer.take(0))).toEqual([0]);
    expect(transfer.take(1)).toEqual([]);
    transfer.acknowledge({ receivedBytes: CHUNK, heldFrom: CHUNK }, 2);
    expect(offsetsOf(transfer.take(2))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(transfer.take(3)).toEqual([]);
    transfer.acknowledge({ receivedBytes: 3 * CHUNK, heldFrom: 3 * CHUNK }, 4);
    expect(offsetsOf(transfer.take(4))).toEqual([9, 10]);
  });

  test('goes on from what the follower has of an earlier try', () => {
    const transfer = transferOf(MIB);
    transfer.take(0);
    transfer.acknowledge({ receivedBytes: 20 * CHUNK, heldFrom: 20 * CHUNK }, 2);
    expect(transfer.acknowledgedBytes).toBe(20 * CHUNK);
    expect(offsetsOf(transfer.take(2))[0]).toBe(20);
  });

  test('fills a gap as soon as it is told of it, once for each round trip', () => {
    const transfer = transferOf(MIB);
    transfer.take(0);
    transfer.acknowledge({ receivedBytes: CHUNK, heldFrom: CHUNK }, 10);
    transfer.take(10); // 1 to 8
    transfer.acknowledge({ receivedBytes: 2 * CHUNK, heldFrom: 4 * CHUNK }, 20);
    expect(offsetsOf(transfer.take(20))).toEqual([2, 3, 9]);
    transfer.acknowledge({ receivedBytes: 2 * CHUNK, heldFrom: 4 * CHUNK }, 21);
    expect(transfer.take(21)).toEqual([]);
  });

  test('sends the oldest chunk again after silence, more and more slowly, and is overdue in the end', () => {
    const transfer = transferOf(MIB);
    transfer.take(0);
    const sentAtMs: number[] = [];
    let nowMs = 1;
    for (; !transfer.isOverdue(nowMs); nowMs += 1) {
      const sent = transfer.take(nowMs);
      expect(sent.length).toBeLessThanOrEqual(1);
      sentAtMs.push(...sent.map(() => nowMs));
    }
    const pauses = sentAtMs.map((atMs, at) => atMs - (sentAtMs[at - 1] ?? 0));
    expect(pauses.length).toBeGreaterThan(2);
    expect(pauses.every((pause, at) => pause >= (pauses[at - 1] ?? 0))).toBe(true);
    expect(nowMs).toBeGreaterThan(600);
  });

  test('asks now and then whether the snapshot is installed, once all of it is there', () => {
    const transfer = transferOf(CHUNK);
    transfer.take(0);
    transfer.acknowledge({ receivedBytes: CHUNK, heldFrom: CHUNK }, 5);
    expect(transfer.take(5)).toEqual([{ offset: CHUNK, length: 0 }]);
    expect(transfer.take(6)).toEqual([]);
    expect(transfer.take(150)).toEqual([{ offset: CHUNK, length: 0 }]);
  });

  test('does not believe a late answer that tells of less, but a follower that has lost what it had', () => {
    const transfer = transferOf(MIB);
    transfer.take(0);
    transfer.acknowledge({ receivedBytes: 4 * CHUNK, heldFrom: 4 * CHUNK }, 5);
    expect(transfer.acknowledge({ receivedBytes: CHUNK, heldFrom: CHUNK }, 6)).toBe(true);
    expect(transfer.acknowledgedBytes).toBe(4 * CHUNK);
    expect(transfer.acknowledge({ receivedBytes: 0, heldFrom: 0 }, 7)).toBe(true);
    expect(transfer.acknowledge({ receivedBytes: 0, heldFrom: 0 }, 8)).toBe(false);
  });

  test('ends whatever is lost, doubled or out of order, and never has more than a window under way', () => {
    fc.assert(fc.property(
      fc.integer({ min: 1, max: 2 * MIB }), fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 2 ** 31 }),
      (bytes, lossPercent, seed) => {
        let state = seed;
        const random = (): number => {
          state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
          return state / 2 ** 32;
        };
        const transfer = transferOf(bytes);
        const follower = new Follower(bytes);
        let link: { readonly atMs: number; readonly chunk: ChunkRange }[] = [];
        let nowMs = 0;
        for (; transfer.acknowledgedBytes < bytes && nowMs < 200_000; nowMs += 5) {
          for (const chunk of transfer.take(nowMs)) {
            expect(chunk.offset + chunk.length - transfer.acknowledgedBytes).toBeLessThanOrEqual(WINDOW_BYTES);
            if (100 * random() >= lossPercent) link.push({ atMs: nowMs + 1 + 20 * random(), chunk });
          }
          const arrived = link.filter(({ atMs }) => atMs <= nowMs);
          link = link.filter(({ atMs }) => atMs > nowMs);
          for (const { chunk } of arrived) {
            follower.take(chunk);
            if (100 * random() >= lossPercent) transfer.acknowledge(follower.progress, nowMs);
          }
        }
        expect(transfer.acknowledgedBytes).toBe(bytes);
      },
    ), { numRuns: 60 });
  });
});
