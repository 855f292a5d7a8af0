import { describe, expect, it } from 'vitest';
import { completeNext, completeOnce } from '../../../src/renderer/console/tabCompletion.ts';

describe('Tab', () => {
  it('puts a single candidate in with a space', () => {
    expect(completeOnce('cra', 3, { from: 0, texts: ['crash'] })).toEqual({ text: 'crash ', cursor: 6, cycle: null });
    expect(completeOnce('get col', 7, { from: 4, texts: ['colour'] })?.text).toBe('get colour ');
  });

  it('does not double the space before what follows', () => {
    expect(completeOnce('cra n2', 3, { from: 0, texts: ['crash'] })).toMatchObject({ text: 'crash n2', cursor: 6 });
  });

  it('writes what all candidates begin with', () => {
    const completed = completeOnce('get u', 5, { from: 4, texts: ['user:1', 'user:2'] });
    expect(completed).toEqual({ text: 'get user:', cursor: 9, cycle: null });
  });

  it('then goes through the candidates, forwards and backwards, around the end', () => {
    const first = completeOnce('get user: x', 9, { from: 4, texts: ['user:1', 'user:2', 'user:3'] });
    expect(first).toMatchObject({ text: 'get user:1 x', cursor: 10 });
    if (first === null) throw new Error('nothing was completed');
    if (first.cycle === null) throw new Error('no cycle began');
    const back = completeNext(first.cycle, -1);
    expect(back.text).toBe('get user:3 x');
    if (back.cycle === null) throw new Error('the cycle ended');
    expect(completeNext(back.cycle, 1).text).toBe('get user:1 x');
  });

  it('does nothing without a candidate', () => {
    expect(completeOnce('zzz', 3, { from: 0, texts: [] })).toBeNull();
  });
});
