/** The window's place when it was last closed, if that place still exists. */
import { z } from 'zod';

export const WINDOW_WIDTH_MIN = 1024;
export const WINDOW_HEIGHT_MIN = 700;

const pixels = z.int().min(-100_000).max(100_000);

export const windowStateSchema = z.object({
  width: z.int().min(WINDOW_WIDTH_MIN).max(100_000),
  height: z.int().min(WINDOW_HEIGHT_MIN).max(100_000),
  /** The upper left corner; absent: the system chooses. */
  position: z.object({ x: pixels, y: pixels }).optional(),
  maximised: z.boolean(),
});
export type WindowState = z.output<typeof windowStateSchema>;

export const DEFAULT_WINDOW_STATE: WindowState = { width: 1440, height: 900, maximised: false };

/** A screen's usable area, in Electron's device-independent pixels. */
export interface WorkArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How much of the title bar must be on a screen so that the window can be dragged. */
const GRASPABLE_PIXELS = 100;

function canBeGrasped(state: WindowState, { x, y, width, height }: WorkArea): boolean {
  if (state.position === undefined) return false;
  const left = Math.max(state.position.x, x);
  const right = Math.min(state.position.x + state.width, x + width);
  return right - left >= GRASPABLE_PIXELS && state.position.y >= y && state.position.y < y + height - GRASPABLE_PIXELS;
}

/** The state, without its position if no screen shows it any longer (a projector was unplugged). */
export function onScreens(state: WindowState, screens: readonly WorkArea[]): WindowState {
  if (screens.some((screen) => canBeGrasped(state, screen))) return state;
  return { width: state.width, height: state.height, maximised: state.maximised };
}
