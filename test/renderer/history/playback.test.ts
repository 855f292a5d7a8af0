/** Playing recorded events: what is due, idle time, and the ends. */
import { expect, it } from 'vitest';
import { IDLE_SHOWN_MS, Playback } from '../../../src/renderer/history/playback.ts';
import type { TraceEvent } from '../../../src/trace/events.ts';
import { traceEvent } from '../support/manualBridge.ts';

const at = (seq: number, atMs: number): TraceEvent => ({ ...traceEvent(seq, { type: 'healed' }), atMs });
const seqs = (events: readonly TraceEvent[]): number[] => events.map(({ seq }) => seq);

it('gives events when they are due, each once', () => {
  const playback = new Playback(4, 1000);
  expect(playback.wantedAfterSeq).toBe(4);
  playback.add([at(5, 1100), at(6, 1100), at(7, 1500)]);
  expect(seqs(playback.goOn(99))).toEqual([]);
  expect(seqs(playback.goOn(1))).toEqual([5, 6]);
  expect(seqs(playback.goOn(1000))).toEqual([7]);
});

it('never runs ahead of what was read, and is over only when there is no more', () => {
  const playback = new Playback(4, 1000);
  playback.add([at(5, 1100)]);
  playback.goOn(60_000);
  expect([playback.atMs, playback.isOver, playback.wantedAfterSeq]).toEqual([1100, false, 5]);
  playback.add([]);
  playback.goOn(10);
  expect([playback.atMs, playback.isOver, playback.wantedAfterSeq]).toEqual([1100, true, null]);
});

it('folds idle time: a long pause counts as two seconds', () => {
  const playback = new Playback(4, 1000);
  playback.add([at(5, 3_600_000)]);
  playback.goOn(10);
  expect(playback.atMs).toBe(3_600_000 - IDLE_SHOWN_MS);
  expect(seqs(playback.goOn(IDLE_SHOWN_MS - 1))).toEqual([]);
  expect(seqs(playback.goOn(1))).toEqual([5]);
});
