// The window comes back where it was, as long as a screen still shows that place.
import { expect, test } from 'vitest';
import { DEFAULT_WINDOW_STATE, onScreens, windowStateSchema } from '../../src/main/windowState.ts';
import type { WindowState } from '../../src/main/windowState.ts';

const laptop = { x: 0, y: 25, width: 1440, height: 875 };
const projector = { x: 1440, y: 0, width: 1920, height: 1080 };
const at = (x: number, y: number): WindowState => ({ ...DEFAULT_WINDOW_STATE, position: { x, y } });

test.each([
  ['on the laptop', at(10, 40)],
  ['half off to the left', at(-700, 40)],
  ['on the projector', at(1500, 30)],
  ['without a position', DEFAULT_WINDOW_STATE],
])('%s it stays', (_where, state) => {
  expect(onScreens(state, [laptop, projector])).toEqual(state);
});

test.each([
  ['the projector is gone', at(1500, 30)],
  ['only a sliver would show', at(1400, 40)],
  ['the title bar is above the screen', at(10, -200)],
  ['the title bar is below the screen', at(10, 890)],
])('it goes where the system likes when %s', (_why, state) => {
  const { width, height, maximised } = state;
  expect(onScreens(state, [laptop])).toEqual({ width, height, maximised });
});

test('a size below the least is not taken over', () => {
  expect(windowStateSchema.safeParse({ width: 300, height: 900, maximised: false }).success).toBe(false);
  expect(windowStateSchema.safeParse(DEFAULT_WINDOW_STATE).success).toBe(true);
});
