import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import ConsoleInput from '../../../src/renderer/console/ConsoleInput.vue';
import { CommandHistory } from '../../../src/renderer/console/history.ts';

const WORDS = ['put', 'pace', 'partition', 'get', 'colour', 'colour:old'];
let wrapper: ReturnType<typeof mountInput>;
const callOff = vi.fn(() => false);

/** Completes the word at the cursor from a fixed list. */
function candidatesAt(text: string, cursor: number) {
  const from = text.slice(0, cursor).lastIndexOf(' ') + 1;
  const word = text.slice(from, cursor);
  return { from, texts: WORDS.filter((candidate) => candidate.startsWith(word)) };
}

function mountInput(lines: readonly string[] = []) {
  const history = new CommandHistory(null);
  for (const line of lines) history.add(line);
  const props = { prompt: 'n4', history, candidatesAt, usageOf: () => '', callOff };
  return mount(ConsoleInput, { props, attachTo: document.body });
}

const field = () => wrapper.get<HTMLInputElement>('[data-testid=console-input]');
const text = () => field().element.value;
const press = (key: string, modifiers: KeyboardEventInit = {}) => field().trigger('keydown', { key, ...modifiers });
const submitted = () => (wrapper.emitted('submit') ?? []).map(([line]) => line);

beforeEach(() => {
  wrapper = mountInput(['put colour "red"', 'get colour', 'status']);
});
afterEach(() => wrapper.unmount());

describe('the input line', () => {
  it('submits what was written, trimmed, and is empty again', async () => {
    await field().setValue('  get colour ');
    await press('Enter');
    expect(submitted()).toEqual(['get colour']);
    expect(text()).toBe('');
    await press('Enter');
    expect(submitted()).toHaveLength(1);
  });

  it('is left with Escape once it is empty, so that single keys mean actions again', async () => {
    field().element.focus();
    await field().setValue('run 5s');
    await press('Escape');
    expect(document.activeElement).toBe(field().element);
    await press('Escape');
    expect(document.activeElement).toBe(document.body);
  });

  it('goes through the history and comes back to the draft', async () => {
    await field().setValue('crash');
    await press('ArrowUp');
    await press('ArrowUp');
    expect(text()).toBe('get colour');
    await press('ArrowDown');
    await press('ArrowDown');
    expect(text()).toBe('crash');
  });

  it('begins at the newest line again once a line from the history was changed', async () => {
    await press('ArrowUp');
    await press('ArrowUp');
    await field().setValue('get col');
    await press('ArrowUp');
    expect(text()).toBe('status');
  });

  it('clears on Escape, and leaves Escape and Tab to the window when the line is empty', async () => {
    await field().setValue('get x');
    await press('Escape');
    expect(text()).toBe('');
    const keys = ['Escape', 'Tab'].map((key) => {
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
      field().element.dispatchEvent(event);
      return event.defaultPrevented;
    });
    expect(keys).toEqual([false, false]);
  });

  it('asks to clear the screen on Ctrl+L', async () => {
    await press('l', { ctrlKey: true });
    expect(wrapper.emitted('clearScreen')).toHaveLength(1);
  });

  it('leaves keys alone while characters are composed', async () => {
    await field().setValue('get x');
    await press('Enter', { isComposing: true });
    expect(submitted()).toEqual([]);
  });
});

describe('a pasted text', () => {
  const paste = (text: string) => {
    const event = new Event('paste', { bubbles: true, cancelable: true });
    Object.assign(event, { clipboardData: { getData: () => text } });
    field().element.dispatchEvent(event);
    return event.defaultPrevented;
  };
  const pasted = () => wrapper.emitted('paste')?.at(-1)?.[0];

  it('of several lines is several commands, together with what stands in the line', async () => {
    paste('put a 1\r\n\n # a comment\n  put b 2 \nget a');
    expect(pasted()).toEqual(['put a 1', 'put b 2', 'get a']);
    await field().setValue('put  9');
    field().element.setSelectionRange(4, 4);
    paste('a 1\nput b');
    expect(pasted()).toEqual(['put a 1', 'put b 9']);
    await flushPromises();
    expect(text()).toBe('');
  });

  it('of one line is there to be entered, also when a line break ends it', async () => {
    paste('crash leader\n');
    await flushPromises();
    expect(text()).toBe('crash leader');
    expect(paste('get a'), 'what has no line break is left to the input element').toBe(false);
    expect(wrapper.emitted('paste')).toBeUndefined();
    expect(submitted()).toEqual([]);
  });

  it('is called off with Escape before the line is cleared', async () => {
    await field().setValue('get x');
    callOff.mockReturnValueOnce(true);
    await press('Escape');
    expect(text()).toBe('get x');
    await press('Escape');
    expect(text()).toBe('');
  });
});

describe('completion', () => {
  it('suggests what may come, and completes a single candidate', async () => {
    await field().setValue('pu');
    expect(wrapper.findAll('[role=option]').map((option) => option.text())).toEqual(['put']);
    await press('Tab');
    expect(text()).toBe('put ');
  });

  it('writes the common part, then goes through the candidates', async () => {
    await field().setValue('get col');
    await press('Tab');
    expect(text()).toBe('get colour');
    await press('Tab');
    await field().trigger('keyup', { key: 'Tab' });
    await press('Tab');
    expect(text()).toBe('get colour:old');
    expect(wrapper.get('[aria-selected=true]').text()).toBe('colour:old');
    await press('Tab', { shiftKey: true });
    expect(text()).toBe('get colour');
  });

  it('takes the candidate that is clicked, also while going through them', async () => {
    await field().setValue('get c');
    await wrapper.findAll('[role=option]')[1]?.trigger('mousedown');
    expect(text()).toBe('get colour:old ');
    await field().setValue('p');
    await press('Tab');
    await wrapper.findAll('[role=option]')[2]?.trigger('mousedown');
    expect(text()).toBe('partition ');
  });
});

describe('reverse search', () => {
  const found = () => wrapper.get('[data-testid=console-found]').text();

  it('shows the newest match, older ones on Ctrl+R, and runs it on Enter', async () => {
    await press('r', { ctrlKey: true });
    await field().setValue('colour');
    expect(found()).toBe('get colour');
    await press('r', { ctrlKey: true });
    await field().trigger('keyup', { key: 'r' });
    expect(found()).toBe('put colour "red"');
    await press('Enter');
    expect(submitted()).toEqual(['put colour "red"']);
    expect(text()).toBe('');
  });

  it('puts the match into the line on Tab, to be changed', async () => {
    await press('r', { ctrlKey: true });
    await field().setValue('put');
    await press('Tab');
    expect(text()).toBe('put colour "red"');
    expect(submitted()).toEqual([]);
  });

  it('gives the draft back on Escape', async () => {
    await field().setValue('crash n2');
    await press('r', { ctrlKey: true });
    await field().setValue('zzz');
    expect(found()).toBe('no such line');
    await press('Escape');
    expect(text()).toBe('crash n2');
  });
});
