// The event stream under a window that is fast, slow, gone and back: bounded, in order, every lost event counted.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventBatch } from '../../src/contract/answers.ts';
import {
  BATCH_EVENTS_MAX, EventStream, FRAME_MS, UNACKNOWLEDGED_BATCHES_MAX, WAITING_EVENTS_MAX,
} from '../../src/lab/trace/eventStream.ts';
import type { TraceEvent } from '../../src/trace/events.ts';

/** A clock that moves only when it is told to. */
class FakeClock {
  #nowMs = 0;
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  readonly schedule = (callback: () => void, delayMs: number): (() => void) => {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => { this.#timers = this.#timers.filter((other) => other !== timer); };
  };

  advance(ms: number): void {
    this.#nowMs += ms;
    const due = this.#timers.filter((timer) => timer.atMs <= this.#nowMs);
    this.#timers = this.#timers.filter((timer) => timer.atMs > this.#nowMs);
    for (const timer of due) timer.callback();
  }

  get pending(): number {
    return this.#timers.length;
  }
}

/** A lab that numbers events, and the window's end of the stream. */
class Scene {
  readonly clock = new FakeClock();
  readonly batches: EventBatch[] = [];
  readonly stream = new EventStream((batch) => { this.batches.push(batch); }, this.clock.schedule);
  seq = 0;

  /** Events that the view depends on. */
  important(count: number): void {
    this.#push(count, (seq) => ({ type: 'labClosed', seq, atMs: seq, node: 0 }));
  }

  /** Another lab is opened: it begins to count anew. */
  openLab(): void {
    this.#push(1, (seq) => ({
      type: 'labOpened', labId: 'another', name: 'Another', pace: 'class', nodes: ['n1'], seq, atMs: seq, node: 0,
    }));
  }

  /** Events that only animate. */
  viewOnly(count: number): void {
    this.#push(count, (seq) => ({ type: 'electionTimerStarted', timeoutMs: 200, seq, atMs: seq, node: 1 }));
  }

  #push(count: number, make: (seq: number) => TraceEvent): void {
    this.stream.push(Array.from({ length: count }, () => make(++this.seq)));
  }

  attach(): void {
    this.stream.completeAttach(this.stream.beginAttach(), this.seq);
  }

  /** Lets a frame pass, and acknowledges everything when the window is quick. */
  frame({ acknowledge }: { acknowledge: boolean }): void {
    this.clock.advance(FRAME_MS);
    const last = this.batches.at(-1);
    if (acknowledge && last !== undefined) this.stream.acknowledge(last.batch);
  }

  get seqs(): number[] {
    return this.batches.flatMap((batch) => batch.events.map((event) => event.seq));
  }

  get dropped(): number {
    return this.batches.reduce((sum, batch) => sum + batch.dropped, 0);
  }
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('a window that keeps up', () => {
  test('gets a frame’s events together, numbered, and nothing between frames', () => {
    const scene = new Scene();
    scene.attach();
    scene.important(2);
    scene.viewOnly(1);
    expect(scene.batches).toEqual([]);
    scene.frame({ acknowledge: true });
    scene.important(1);
    scene.frame({ acknowledge: true });
    expect(scene.batches).toMatchObject([
      { batch: 1, firstSeq: 1, dropped: 0, events: [{ seq: 1 }, { seq: 2 }, { seq: 3 }] },
      { batch: 2, firstSeq: 4, dropped: 0, events: [{ seq: 4 }] },
    ]);
  });

  test('costs nothing while nothing happens', () => {
    const scene = new Scene();
    scene.attach();
    expect(scene.clock.pending).toBe(0);
    scene.important(1);
    scene.important(1);
    expect(scene.clock.pending).toBe(1);
    scene.frame({ acknowledge: true });
    expect(scene.clock.pending).toBe(0);
  });

  test('gets a burst in several batches, each of a bearable size', () => {
    const scene = new Scene();
    scene.attach();
    scene.viewOnly(BATCH_EVENTS_MAX * 3 + 1);
    scene.frame({ acknowledge: true });
    expect(scene.batches.map((batch) => batch.events.length))
      .toEqual([BATCH_EVENTS_MAX, BATCH_EVENTS_MAX, BATCH_EVENTS_MAX, 1]);
    expect(scene.seqs).toEqual(upTo(scene.seq));
  });
});

describe('a window that does not acknowledge', () => {
  test('is sent no more than the agreed number of batches, and goes on where it stood', () => {
    const scene = new Scene();
    scene.attach();
    for (let frame = 0; frame < 20; frame++) {
      scene.important(1);
      scene.frame({ acknowledge: false });
    }
    expect(scene.batches).toHaveLength(UNACKNOWLEDGED_BATCHES_MAX);
    scene.stream.acknowledge(UNACKNOWLEDGED_BATCHES_MAX);
    scene.frame({ acknowledge: true });
    expect(scene.seqs).toEqual(upTo(20));
    expect(scene.dropped).toBe(0);
  });

  test('loses the oldest view-only events first; what the view depends on stays, and the loss is counted', () => {
    const scene = new Scene();
    scene.attach();
    const importantSeqs: number[] = [];
    for (let round = 0; round < 3 * WAITING_EVENTS_MAX / 10; round++) {
      scene.viewOnly(9);
      scene.important(1);
      importantSeqs.push(scene.seq);
    }
    for (let frame = 0; frame < 40; frame++) scene.frame({ acknowledge: true });
    const seen = new Set(scene.seqs);
    expect(importantSeqs.every((seq) => seen.has(seq))).toBe(true);
    expect(scene.dropped).toBe(scene.seq - scene.seqs.length);
    expect(scene.dropped).toBeGreaterThan(0);
    // No gap is left that would make the window attach again.
    expect(gapsOf(scene.batches)).toBe(0);
    // The newest of the view-only events are the ones that were kept.
    expect(scene.seqs.slice(-100)).toEqual(upTo(scene.seq).slice(-100));
  });

  test('is told by a gap in firstSeq when even important events had to go', () => {
    const scene = new Scene();
    scene.attach();
    scene.important(3 * WAITING_EVENTS_MAX);
    for (let frame = 0; frame < 40; frame++) scene.frame({ acknowledge: true });
    expect(scene.batches[0]?.firstSeq).toBe(scene.batches[0]?.events[0]?.seq);
    expect(scene.batches[0]?.firstSeq).toBeGreaterThan(1);
    expect(scene.dropped).toBe(scene.seq - scene.seqs.length);
  });
});

describe('attaching', () => {
  test('before it nothing is kept', () => {
    const scene = new Scene();
    scene.important(10);
    scene.attach();
    scene.important(1);
    scene.frame({ acknowledge: true });
    expect(scene.batches).toMatchObject([{ firstSeq: 11, dropped: 0, events: [{ seq: 11 }] }]);
  });

  test('events that happen while the view is made follow it exactly', () => {
    const scene = new Scene();
    scene.important(5);
    const attachment = scene.stream.beginAttach();
    scene.important(5); // the view holds the first three of these
    scene.frame({ acknowledge: true });
    expect(scene.batches).toEqual([]);
    scene.stream.completeAttach(attachment, 8);
    scene.frame({ acknowledge: true });
    expect(scene.seqs).toEqual([9, 10]);
    expect(scene.batches[0]).toMatchObject({ firstSeq: 9, dropped: 0 });
  });

  test('one that a reload has overtaken changes nothing', () => {
    const scene = new Scene();
    const first = scene.stream.beginAttach();
    scene.important(3);
    const second = scene.stream.beginAttach();
    scene.important(1);
    scene.stream.completeAttach(first, 0);
    scene.frame({ acknowledge: true });
    expect(scene.batches).toEqual([]);
    scene.stream.completeAttach(second, 3);
    scene.frame({ acknowledge: true });
    expect(scene.seqs).toEqual([4]);
  });

  test('again gives back the credit that the old page never acknowledged', () => {
    const scene = new Scene();
    scene.attach();
    for (let frame = 0; frame < 10; frame++) {
      scene.important(1);
      scene.frame({ acknowledge: false });
    }
    scene.attach();
    const before = scene.batches.length;
    scene.important(1);
    scene.frame({ acknowledge: false });
    expect(scene.batches.slice(before)).toMatchObject([{ firstSeq: 11, events: [{ seq: 11 }] }]);
    // An acknowledgement that is still on its way from the old page frees nothing.
    scene.stream.acknowledge(1);
    for (let frame = 0; frame < 10; frame++) {
      scene.important(1);
      scene.frame({ acknowledge: false });
    }
    expect(scene.batches.length - before).toBe(UNACKNOWLEDGED_BATCHES_MAX);
  });

  test('another lab’s events never reach the view of the one before', () => {
    const scene = new Scene();
    scene.attach();
    scene.important(3);
    scene.seq = 0;
    scene.openLab();
    scene.important(5);
    scene.frame({ acknowledge: true });
    expect(scene.batches).toEqual([]);
    scene.attach();
    scene.important(1);
    scene.frame({ acknowledge: true });
    expect(scene.batches).toMatchObject([{ firstSeq: 7, dropped: 0, events: [{ seq: 7 }] }]);
  });

  test('a page that is gone is sent nothing, even what was about to leave', () => {
    const scene = new Scene();
    scene.attach();
    scene.important(3);
    scene.stream.detach();
    scene.frame({ acknowledge: true });
    expect(scene.batches).toEqual([]);
    expect(scene.clock.pending).toBe(0);
  });
});

test('an acknowledgement of a batch that was never sent frees nothing', () => {
  const scene = new Scene();
  scene.attach();
  scene.stream.acknowledge(1000);
  for (let frame = 0; frame < 10; frame++) {
    scene.important(1);
    scene.frame({ acknowledge: false });
    scene.stream.acknowledge(1000);
  }
  expect(scene.batches).toHaveLength(UNACKNOWLEDGED_BATCHES_MAX);
});

/** Batches that begin later than the one before ended. */
function gapsOf(batches: readonly EventBatch[]): number {
  let expected = 1;
  let gaps = 0;
  for (const batch of batches) {
    if (batch.firstSeq !== expected) gaps += 1;
    expected = (batch.events.at(-1)?.seq ?? 0) + 1;
  }
  return gaps;
}

test('whatever happens, events come in order, none twice, and sent and dropped add up', () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant('important' as const), count: fc.nat({ max: 4000 }) }),
    fc.record({ what: fc.constant('viewOnly' as const), count: fc.nat({ max: 4000 }) }),
    fc.record({ what: fc.constantFrom('frame' as const, 'slowFrame' as const), count: fc.constant(1) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const scene = new Scene();
    scene.attach();
    for (const { what, count } of steps) {
      if (what === 'important') scene.important(count);
      else if (what === 'viewOnly') scene.viewOnly(count);
      else scene.frame({ acknowledge: what === 'frame' });
    }
    for (let frame = 0; frame < 40; frame++) scene.frame({ acknowledge: true });
    const { seqs } = scene;
    expect(seqs.every((seq, index) => index === 0 || seq > (seqs[index - 1] ?? 0))).toBe(true);
    expect(seqs.at(-1) ?? 0).toBe(scene.seq);
    expect(seqs.length + scene.dropped).toBe(scene.seq);
  }), { numRuns: 60 });
});
