/** The replay window against a plain set: what it delivers, and what it must not deliver twice. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayWindow } from '../../src/wire/index.ts';

const header = (counter: number, boot = 1, sender = 1) => ({ sender, receiver: 9, boot, counter });

describe('ReplayWindow', () => {
  it('delivers each datagram once, in any order within the window', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 64 }), { maxLength: 200 }), (counters) => {
      const window = new ReplayWindow({ windowSize: 64 });
      const seen = new Set<number>();
      for (const counter of counters) {
        expect(window.accept(header(counter))).toBe(!seen.has(counter));
        seen.add(counter);
      }
    }));
  });

  it('tells the latest datagram of a sender from those that it overtook, also over its boots', () => {
    const window = new ReplayWindow();
    const arrivals = [[1, 1, true], [5, 1, true], [3, 1, false], [1, 2, true], [6, 1, false]] as const;
    for (const [counter, boot, isLatest] of arrivals) {
      expect(window.accept(header(counter, boot))).toBe(true);
      expect(window.isLatest(header(counter, boot)), `${boot}.${counter}`).toBe(isLatest);
    }
    expect(window.isLatest(header(1, 2, 7)), 'of a sender that was never heard').toBe(false);
  });

  it('never delivers a datagram twice, however far the counters jump', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 300 }), (counters) => {
      const window = new ReplayWindow({ windowSize: 96 });
      const delivered = new Set<number>();
      let highest = 0;
      for (const counter of counters) {
        const accepted = window.accept(header(counter));
        const expected = !delivered.has(counter) && counter > highest - 96;
        expect(accepted, `counter ${counter} after ${highest}`).toBe(expected);
        if (accepted) delivered.add(counter);
        highest = Math.max(highest, counter);
      }
    }));
  });

  it('mistakes no new datagram for an old one, however long it goes on', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 300 }), (steps) => {
      const window = new ReplayWindow({ windowSize: 64 });
      let counter = 0;
      for (const step of steps) {
        counter += step;
        expect(window.accept(header(counter))).toBe(true);
        if (step > 1) expect(window.accept(header(counter - 1)), 'one that was overtaken').toBe(true);
      }
    }));
  });

  it('tells senders and boots apart', () => {
    const window = new ReplayWindow();
    expect(window.accept(header(5, 1, 1))).toBe(true);
    expect(window.accept(header(5, 1, 2))).toBe(true);
    expect(window.accept(header(5, 2, 1))).toBe(true);
    expect(window.accept(header(6, 1, 1)), 'a late one of the boot before').toBe(true);
    expect(window.accept(header(5, 1, 1))).toBe(false);
    expect(window.accept(header(5, 2, 1))).toBe(false);
  });

  it('refuses boots that it has forgotten, and never mistakes them for new', () => {
    const window = new ReplayWindow();
    for (let boot = 1; boot <= 6; boot += 1) expect(window.accept(header(1, boot))).toBe(true);
    expect(window.accept(header(1, 1))).toBe(false);
    expect(window.accept(header(2, 2))).toBe(false);
    expect(window.accept(header(2, 3))).toBe(true);
  });

  it('keeps the latest boots, in whatever order it hears of them', () => {
    const window = new ReplayWindow();
    for (const boot of [9, 3, 7, 5]) expect(window.accept(header(1, boot))).toBe(true);
    expect(window.isLatest(header(1, 9))).toBe(true);
    expect(window.isLatest(header(1, 5)), 'heard last, and sent before').toBe(false);
    expect(window.accept(header(1, 8)), 'a later one takes the place of the earliest').toBe(true);
    expect(window.accept(header(2, 3)), 'which is refused from then on').toBe(false);
    expect(window.accept(header(2, 4))).toBe(false);
    for (const boot of [9, 7, 5, 8]) {
      expect(window.accept(header(1, boot)), `a copy of boot ${boot}`).toBe(false);
      expect(window.accept(header(2, boot)), `a new one of boot ${boot}`).toBe(true);
    }
  });

  it('remembers 64 senders, those that were heard last', () => {
    const window = new ReplayWindow();
    for (let sender = 1; sender <= 64; sender += 1) expect(window.accept(header(1, 1, sender))).toBe(true);
    for (let sender = 1; sender <= 64; sender += 1) expect(window.accept(header(1, 1, sender))).toBe(false);
    expect(window.accept(header(2, 1, 1))).toBe(true);
    expect(window.accept(header(1, 1, 65))).toBe(true);
    expect(window.accept(header(2, 1, 1)), 'heard lately').toBe(false);
    expect(window.accept(header(1, 1, 2)), 'heard longest ago, and forgotten').toBe(true);
  });

  it('lets copies through when told so', () => {
    const window = new ReplayWindow({ refuseDuplicates: false });
    expect(window.accept(header(1))).toBe(true);
    expect(window.accept(header(1))).toBe(true);
  });

  it('refuses a size that is no multiple of 32', () => {
    expect(() => new ReplayWindow({ windowSize: 100 })).toThrow(RangeError);
  });
});
