import { describe, expect, it } from 'vitest';
import { EventRing } from '../../../src/renderer/stores/eventRing.ts';
import { traceEvent } from '../support/manualBridge.ts';

const event = (seq: number) => traceEvent(seq, { type: 'labClosed' });

describe('the event ring', () => {
  it('keeps the newest and forgets the oldest', () => {
    const ring = new EventRing(3);
    for (let seq = 1; seq <= 5; seq++) ring.push(event(seq));
    expect([...ring].map(({ seq }) => seq)).toEqual([3, 4, 5]);
    expect(ring.at(0)?.seq).toBe(3);
    expect(ring.newest?.seq).toBe(5);
    expect(ring.at(3)).toBeUndefined();
    expect(ring.at(-1)).toBeUndefined();
  });

  it('begins anew after clearing', () => {
    const ring = new EventRing(2);
    for (let seq = 1; seq <= 3; seq++) ring.push(event(seq));
    ring.clear();
    ring.push(event(9));
    expect([...ring].map(({ seq }) => seq)).toEqual([9]);
  });

  it('refuses a capacity that is no positive whole number', () => {
    expect(() => new EventRing(0)).toThrow('a capacity of at least 1, not 0');
  });
});
