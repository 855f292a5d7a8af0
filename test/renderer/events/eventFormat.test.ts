import { describe, expect, it } from 'vitest';
import { RAW_LENGTH_MAX, clockTime, eventText, rawJson } from '../../../src/renderer/events/eventFormat.ts';
import { APPLIED, eventOf } from './support.ts';

describe('an event in the list', () => {
  it('has its time with milliseconds, in this machine’s zone', () => {
    expect(clockTime(new Date(2026, 0, 2, 3, 4, 5, 6).getTime() + 0.7)).toBe('03:04:05.006');
    expect(clockTime(new Date(2026, 0, 2, 23, 59, 59, 999).getTime())).toBe('23:59:59.999');
  });

  it('is found by its node, its sentence and its detail', () => {
    expect(eventText(eventOf(1, APPLIED, 3))).toBe('n3 applied put a "1" entry 1 of term 1');
    expect(eventText(eventOf(1, { type: 'healed' }, 0))).toContain('lab ');
  });

  it('can be read raw, spaces and line breaks within a value untouched', () => {
    const event = eventOf(4, { ...APPLIED, text: 'put a "x\n  y"' });
    expect(JSON.parse(rawJson(event))).toEqual(event);
    expect(rawJson(event)).not.toContain('\n');
  });

  it('is cut where it is too long to show', () => {
    const raw = rawJson(eventOf(4, { ...APPLIED, text: 'x'.repeat(2 * RAW_LENGTH_MAX) }));
    expect(raw.length).toBeLessThan(RAW_LENGTH_MAX + 100);
    expect(raw).toMatch(/… \d+ more characters$/);
  });
});
