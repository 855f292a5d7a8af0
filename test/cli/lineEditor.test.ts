/** Keys in, a line out. */
import { beforeEach, describe, expect, it } from 'vitest';
import { LineEditor } from '../../src/cli/terminal/lineEditor.ts';
import { completions } from '../../src/contract/console.ts';

let editor: LineEditor;
beforeEach(() => {
  editor = new LineEditor((line, cursor) =>
    completions(line, cursor, { nodes: ['n1', 'n2'], keys: ['colour', 'count'], held: [] }));
});

const type = (text: string) => editor.handle(text, { sequence: text });
const press = (name: string, more: { ctrl?: boolean; meta?: boolean } = {}) =>
  editor.handle(undefined, { name, ...more });
/** The text with a | where the cursor stands. */
const shown = () => `${editor.text.slice(0, editor.cursor)}|${editor.text.slice(editor.cursor)}`;

describe('LineEditor', () => {
  it('writes, moves and removes', () => {
    type('put colour red');
    press('left', { ctrl: true });
    type('dark-');
    expect(shown()).toBe('put colour dark-|red');
    press('home');
    press('right', { ctrl: true });
    press('delete');
    expect(shown()).toBe('put|colour dark-red');
    press('w', { ctrl: true });
    press('e', { ctrl: true });
    press('backspace');
    expect(shown()).toBe('colour dark-re|');
    press('u', { ctrl: true });
    expect(shown()).toBe('|');
  });

  it('moves over whole characters', () => {
    type('a😀b');
    press('left');
    press('left');
    expect(shown()).toBe('a|😀b');
    press('right');
    press('backspace');
    expect(shown()).toBe('a|b');
  });

  it('takes no control characters into the line', () => {
    type('a\u001b[2J\tb');
    expect(editor.text).toBe('a [2J b');
  });

  it('gives the line on Enter and begins another', () => {
    type('status');
    expect(press('return')).toEqual({ type: 'entered', line: 'status' });
    expect(shown()).toBe('|');
  });

  it('walks the history and keeps what was being written', () => {
    for (const line of ['first', 'second', 'second', ' ']) {
      type(line);
      press('return');
    }
    type('draft');
    press('up');
    expect(shown()).toBe('second|');
    press('up');
    press('up');
    expect(shown()).toBe('first|');
    press('down');
    press('down');
    press('down');
    expect(shown()).toBe('draft|');
  });

  it('completes what is certain and offers the rest', () => {
    type('sta');
    press('tab');
    expect(shown()).toBe('status |');
    press('u', { ctrl: true });
    type('get c');
    press('tab');
    expect([shown(), editor.candidates]).toEqual(['get co|', ['colour', 'count']]);
    press('tab');
    expect([shown(), editor.candidates]).toEqual(['get co|', ['colour', 'count']]);
    type('u');
    expect(editor.candidates).toEqual([]);
    press('tab');
    expect(shown()).toBe('get count |');
  });

  it('leaves on Ctrl+C, and on Ctrl+D in an empty line', () => {
    expect(press('c', { ctrl: true })).toEqual({ type: 'interrupted' });
    expect(press('d', { ctrl: true })).toEqual({ type: 'interrupted' });
    type('ab');
    press('home');
    expect(press('d', { ctrl: true })).toEqual({ type: 'edited' });
    expect(shown()).toBe('|b');
    expect(press('l', { ctrl: true })).toEqual({ type: 'clear' });
  });
});
