/** The screen, seen through a terminal: the footer stays in its place while output scrolls away above it. */
import { describe, expect, it } from 'vitest';
import { Screen } from '../../src/cli/terminal/screen.ts';
import type { Footer } from '../../src/cli/terminal/screen.ts';
import { Emulator } from './emulator.ts';

const footer = (some: Partial<Footer> = {}): Footer =>
  ({ lines: ['table 1', 'table 2'], prompt: 'n1 > ', text: '', cursor: 0, below: [], ...some });

describe('Screen', () => {
  it('draws the footer anew where it stands, with output above it', () => {
    const terminal = new Emulator(40, 12);
    const screen = new Screen(terminal);
    screen.draw(footer());
    expect(terminal.shown).toEqual(['table 1', 'table 2', 'n1 > █']);
    screen.print(['one', 'two']);
    screen.draw(footer({ lines: ['table 3'], text: 'get k', cursor: 4 }));
    expect(terminal.shown).toEqual(['one', 'two', 'table 3', 'n1 > get █k']);
    screen.print(['three']);
    screen.draw(footer({ lines: ['table 4', 'table 5'], below: ['  a  b'] }));
    expect(terminal.shown).toEqual(['one', 'two', 'three', 'table 4', 'table 5', 'n1 > █', '  a  b']);
    screen.draw(footer());
    expect(terminal.shown).toEqual(['one', 'two', 'three', 'table 1', 'table 2', 'n1 > █']);
  });

  it('scrolls when the window is full', () => {
    const terminal = new Emulator(40, 5);
    const screen = new Screen(terminal);
    for (let at = 1; at <= 9; at += 1) {
      screen.print([`line ${at}`]);
      screen.draw(footer());
    }
    expect(terminal.shown).toEqual(['line 8', 'line 9', 'table 1', 'table 2', 'n1 > █']);
  });

  it('writes nothing when nothing has changed', () => {
    let writes = 0;
    const terminal = { columns: 40, rows: 12, write: () => { writes += 1; } };
    const screen = new Screen(terminal);
    screen.draw(footer());
    screen.draw(footer());
    expect(writes).toBe(1);
  });

  it('cuts lines that are too wide, and scrolls a long input around the cursor', () => {
    const terminal = new Emulator(30, 12);
    const screen = new Screen(terminal);
    const text = 'put key abcdefghijklmnopqrstuvwxyz0123456789';
    screen.draw(footer({ lines: ['x'.repeat(50)], text, cursor: text.length }));
    expect(terminal.shown[0]).toBe(`${'x'.repeat(28)}…`);
    expect(terminal.shown[1]).toMatch(/^n1 > .*0123456789█$/);
    expect(terminal.shown).toHaveLength(2);
    screen.draw(footer({ lines: [], text, cursor: 4 }));
    expect(terminal.shown[0]).toMatch(/^n1 > put █key abcd.*…$/);
  });

  it('gives up the table in a window that is too low for it', () => {
    const terminal = new Emulator(40, 6);
    const screen = new Screen(terminal);
    const lines = Array.from({ length: 10 }, (_, at) => `table ${at}`);
    for (let at = 1; at <= 3; at += 1) {
      screen.print([`line ${at}`]);
      screen.draw(footer({ lines }));
    }
    expect(terminal.shown).toEqual(['line 3', 'table 0', 'table 1', 'table 2', 'table 3', 'n1 > █']);
  });

  it('puts its output back after the window has changed its size', () => {
    const terminal = new Emulator(40, 6);
    const screen = new Screen(terminal);
    for (let at = 1; at <= 9; at += 1) screen.print([`line ${at}`]);
    screen.draw(footer());
    terminal.columns = 30;
    terminal.rows = 8;
    screen.redraw(footer(), true);
    expect(terminal.shown.slice(-4)).toEqual(['line 9', 'table 1', 'table 2', 'n1 > █']);
    expect(terminal.shown[0]).toBe('line 5');
    screen.redraw(footer(), false);
    expect(terminal.shown).toEqual(['table 1', 'table 2', 'n1 > █']);
  });

  it('leaves the terminal with the output alone', () => {
    const terminal = new Emulator(40, 12);
    const screen = new Screen(terminal);
    screen.print(['one']);
    screen.draw(footer());
    screen.print(['two']);
    screen.close();
    expect(terminal.shown).toEqual(['one', 'two', '█']);
  });
});
