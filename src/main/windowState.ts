/** Where the window was when it was last closed, as far as that place still exists. */
import { z } from 'zod';

export const WINDOW_WIDTH_MIN = 1024;
export const WINDOW_HEIGHT_MIN = 700;

const pixels = z.int().min(-100_000).max(100_000);

export const windowStateSchema = z.object({
  width: z.int().min(WINDOW_WIDTH_MIN).max(100_000),
  height: z.int().min(WINDOW_HEIGHT_MIN).max(100_000),
  /** The left upper corner; absent: where the system likes. */
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

/** How much of the window's title bar has to be on a screen, so that it can be grasped. */
const GRASPABLE_PIXELS = 100;

function canBeGrasped(state: WindowState, { x, y, width, height }: WorkArea): boolean {
  if (state.position === undefined) return false;
  const left = Math.max(state.position.x, x);
  const right = Math.min(state.position.x + state.width, x + width);
  return right - left >= GRASPABLE_PIXELS && state.position.y >= y && state.position.y < y + height - GRASPABLE_PIXELS;
}

/** The state, without its position when no screen shows it any more (a projector was unplugged). */
export function onScreens(state: WindowState, screens: readonly WorkArea[]): WindowState {
  if (screens.some((screen) => canBeGrasped(state, screen))) return state;
  return { width: state.width, height: state.height, maximised: state.maximised };
}
