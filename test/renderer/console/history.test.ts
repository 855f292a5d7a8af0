import { beforeEach, describe, expect, it } from 'vitest';
import { CommandHistory, HISTORY_LINES_MAX, HISTORY_LINE_LENGTH_MAX } from '../../../src/renderer/console/history.ts';

beforeEach(() => localStorage.clear());

describe('CommandHistory', () => {
  it('walks back to the oldest line and forward to the draft', () => {
    const history = new CommandHistory(localStorage);
    history.add('put a 1');
    history.add('get a');

    expect(history.older('draft')).toBe('get a');
    expect(history.older('get a')).toBe('put a 1');
    expect(history.older('put a 1')).toBeNull();
    expect(history.newer()).toBe('get a');
    expect(history.newer()).toBe('draft');
    expect(history.newer()).toBeNull();
  });

  it('begins at the newest line again after a line was entered', () => {
    const history = new CommandHistory(localStorage);
    history.add('one');
    history.add('two');
    history.older('');
    history.older('');
    history.add('three');

    expect(history.older('')).toBe('three');
  });

  it('outlives a restart', () => {
    new CommandHistory(localStorage).add('put colour "teal"');

    expect(new CommandHistory(localStorage).lines).toEqual(['put colour "teal"']);
  });

  it('keeps neither empty lines, nor the last line twice, nor a line too long to be typed', () => {
    const history = new CommandHistory(localStorage);
    const tooLong = 'x'.repeat(HISTORY_LINE_LENGTH_MAX + 1);
    for (const line of ['status', '  ', 'status', ' status ', tooLong]) history.add(line);

    expect(history.lines).toEqual(['status']);
  });

  it('forgets the oldest lines beyond its bound', () => {
    const history = new CommandHistory(localStorage);
    for (let number = 0; number < HISTORY_LINES_MAX + 5; number += 1) history.add(`get k${number}`);

    expect(history.lines).toHaveLength(HISTORY_LINES_MAX);
    expect(history.lines[0]).toBe('get k5');
    expect(new CommandHistory(localStorage).lines).toEqual(history.lines);
  });

  it.each(['{', '{"a":1}', '[1,null,"get a"]'])('survives a storage that holds %s', (stored) => {
    localStorage.setItem('raftlab.console.history', stored);

    expect(new CommandHistory(localStorage).lines.every((line) => line === 'get a')).toBe(true);
  });

  it('works without a storage, and with one that is full', () => {
    const full = {
      getItem: () => null,
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError');
      },
    };
    for (const storage of [null, full]) {
      const history = new CommandHistory(storage);
      history.add('get a');
      expect(history.older('')).toBe('get a');
    }
  });
});
