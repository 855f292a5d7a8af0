import { describe, expect, it } from 'vitest';
import {
  KEY_BINDINGS, ariaShortcutOf, bindingFor, captionOf, isPressedBySpace, isTextField,
} from '../../../src/renderer/shell/keys.ts';
import type { KeyPress } from '../../../src/renderer/shell/keys.ts';

const press = (key: string, modifiers: Partial<KeyPress> = {}): KeyPress =>
  ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...modifiers });

function element(html: string): Element {
  const host = document.createElement('div');
  host.innerHTML = html;
  const first = host.querySelector('[data-target]') ?? host.firstElementChild;
  if (first === null) throw new Error(`no element in ${html}`);
  return first;
}

describe('the keyboard map', () => {
  it.each(['live', 'simulated', 'replay'] as const)('gives every key one meaning: %s', (world) => {
    const keys = KEY_BINDINGS.filter(({ only }) => only?.includes(world) ?? true)
      .map(({ key, withControl = false, withShift = false }) => `${withControl} ${withShift} ${key}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each([
    [press(' '), 'time.toggle', 'node.pauseOrResume'],
    [press('ArrowRight'), 'time.step', undefined],
    [press('ArrowLeft', { shiftKey: true }), 'time.backEvent', 'past.backEvent'],
    [press('End'), 'time.last', undefined],
    [press('C', { shiftKey: true }), 'node.crash', 'node.crash'],
  ] as const)('%o means %s in a simulated lab, %s in a live one', (given, simulated, live) => {
    expect(bindingFor(given, false, 'simulated')?.action).toBe(simulated);
    expect(bindingFor(given, false, 'live')?.action).toBe(live);
  });

  it.each([
    [press('c'), 'node.crash'],
    [press('C'), 'node.crash'],
    [press('7'), 'node.select'],
    [press(' '), 'node.pauseOrResume'],
    [press('?'), 'window.help'],
    [press('Escape'), 'window.escape'],
    [press('k', { ctrlKey: true }), 'window.palette'],
    [press('k', { metaKey: true }), 'window.palette'],
    [press('+', { ctrlKey: true }), 'window.larger'],
    [press('0', { ctrlKey: true }), 'window.actualSize'],
  ] as const)('%o means %s', (given, action) => {
    expect(bindingFor(given, false)?.action).toBe(action);
  });

  it.each([
    press('c', { ctrlKey: true }), // copy
    press('r', { ctrlKey: true }),
    press('c', { altKey: true }),
    press('0'),
    press('1', { ctrlKey: true }),
    press('k'),
  ])('%o means nothing', (given) => {
    expect(bindingFor(given, false)).toBeNull();
  });

  it('leaves every key to who is typing, except those with Ctrl', () => {
    for (const { key, withControl, withShift = false, only } of KEY_BINDINGS) {
      const given = press(key === 'digit' ? '1' : key, { ctrlKey: withControl === true, shiftKey: withShift });
      expect(bindingFor(given, true, only?.[0]) !== null).toBe(withControl === true);
    }
  });

  it('names keys for screen readers', () => {
    expect(ariaShortcutOf('window.console', false)).toBe('/');
    expect(ariaShortcutOf('window.filter', false)).toBe('Control+F');
    expect(ariaShortcutOf('window.filter', true)).toBe('Meta+F');
  });

  it('prints keys as the keyboard does', () => {
    expect(captionOf('window.palette', false)).toBe('Ctrl K');
    expect(captionOf('window.palette', true)).toBe('⌘K');
    expect(captionOf('node.pauseOrResume', false)).toBe('Space');
    expect(captionOf('node.select', false)).toBe('1–9');
  });
});

describe('where the keys go', () => {
  it.each(['<input>', '<input type="search">', '<textarea></textarea>', '<select></select>',
    '<div contenteditable="true"><b data-target></b></div>'])('%s is typed into', (html) => {
    expect(isTextField(element(html))).toBe(true);
  });

  it.each(['<button></button>', '<div tabindex="0"></div>', '<input type="checkbox">'])(
    '%s is not typed into',
    (html) => { expect(isTextField(element(html))).toBe(false); },
  );

  it('knows what the space bar presses', () => {
    expect(isPressedBySpace(element('<button><i data-target></i></button>'))).toBe(true);
    expect(isPressedBySpace(element('<div role="tab"></div>'))).toBe(true);
    expect(isPressedBySpace(element('<main tabindex="0"></main>'))).toBe(false);
    expect(isPressedBySpace(null)).toBe(false);
  });
});
