/** A canvas that remembers what was drawn on it. happy-dom's own cannot be asked for a context. */
import { vi } from 'vitest';

export interface DrawnCanvas {
  readonly surface: { width: number; height: number };
  /** The calls on the context since it was made, or since this was emptied: the method's name and its arguments. */
  readonly calls: [name: string, ...args: unknown[]][];
}

/** From now on, until mocks are restored, canvases that are handed over draw on the one that is returned. */
export function stubCanvas(): DrawnCanvas {
  const calls: DrawnCanvas['calls'] = [];
  const context = new Proxy({}, {
    get: (_, name) => (...args: unknown[]) => { calls.push([String(name), ...args]); },
    set: () => true,
  });
  const surface = { width: 0, height: 0, getContext: () => context };
  vi.spyOn(HTMLCanvasElement.prototype, 'transferControlToOffscreen')
    .mockReturnValue(surface as unknown as OffscreenCanvas);
  return { surface, calls };
}
