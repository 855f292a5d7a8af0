// The question before a window closes in whose lab other machines take part.
import { expect, test } from 'vitest';
import { askBeforeClosing, closingQuestion } from '../../src/main/closing.ts';
import type { ClosingQuestion } from '../../src/main/closing.ts';

/** A window as Electron's behaves: `close` asks its listener, and closes unless that prevents it. */
function openWindow({ guests, answer }: { readonly guests: number; readonly answer?: () => Promise<boolean> }) {
  const state = { isOpen: true, isQuitting: false, guests };
  const asked: ClosingQuestion[] = [];
  const warnings: string[] = [];
  let listener: (event: { preventDefault: () => void }) => void = () => undefined;
  const window = {
    on: (_event: 'close', heard: typeof listener): void => { listener = heard; },
    close: (): void => {
      const event = { isPrevented: false, preventDefault: () => { event.isPrevented = true; } };
      listener(event);
      state.isOpen &&= event.isPrevented;
    },
  };
  askBeforeClosing(window, {
    guestCount: () => state.guests,
    isQuitting: () => state.isQuitting,
    ask: (question) => {
      asked.push(question);
      return answer?.() ?? Promise.resolve(false);
    },
    log: { warn: (message) => { warnings.push(message); } },
  });
  return { window, state, asked, warnings };
}

const answered = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

test('a lab that nobody else is in closes at once', () => {
  const { window, state, asked } = openWindow({ guests: 0 });
  window.close();
  expect([state.isOpen, asked]).toEqual([false, []]);
});

test('while other machines take part the person is asked once, and may keep the lab open', async () => {
  const { window, state, asked } = openWindow({ guests: 3 });
  window.close();
  window.close();
  await answered();
  expect([state.isOpen, asked.length]).toEqual([true, 1]);
  expect(asked[0]?.message).toBe('3 other machines take part in this lab.');
  window.close(); // asked again the next time
  expect(asked).toHaveLength(2);
});

test('who wants to close it all the same, does', async () => {
  const { window, state } = openWindow({ guests: 1, answer: () => Promise.resolve(true) });
  window.close();
  await answered();
  expect(state.isOpen).toBe(false);
});

test('a question that cannot be asked keeps no window open', async () => {
  const { window, state, warnings } = openWindow({ guests: 1, answer: () => Promise.reject(new Error('no screen')) });
  window.close();
  await answered();
  expect([state.isOpen, warnings]).toEqual([false, ['the question before closing could not be asked']]);
});

test('an app that ends anyway asks nobody', () => {
  const { window, state, asked } = openWindow({ guests: 3 });
  state.isQuitting = true;
  window.close();
  expect([state.isOpen, asked]).toEqual([false, []]);
});

test('the question says what closing does, of one machine and of several; its safe answer is the usual one', () => {
  const one = closingQuestion(1);
  expect([one.message, one.detail]).toEqual([
    '1 other machine takes part in this lab.',
    'Closing Raftlab ends the lab for it until you open it to the network again. Nodes that run there stop; '
    + 'all data is kept.',
  ]);
  const several = closingQuestion(3);
  expect(several.detail).toContain('ends the lab for them');
  expect(several.buttons[several.closeId]).toBe('Close the Lab');
  for (const id of [several.defaultId, several.cancelId]) expect(several.buttons[id]).toBe('Keep It Open');
});
