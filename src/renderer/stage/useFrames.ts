/** One animation loop that runs only while something moves and somebody can see it. */
import { onScopeDispose } from 'vue';
import { useEventListener } from '@vueuse/core';
import type { Ref } from 'vue';

/** Without motion, the picture is updated this often. */
const STILL_INTERVAL_MS = 250;

/**
 * @param draw draws one frame and says whether anything still moves
 * @param still whether motion is off: then there are fewer frames
 * @returns `wake`: call it when there is something to draw
 */
export function useFrames(draw: (nowMs: number) => boolean, still: Readonly<Ref<boolean>>) {
  let frame = 0;
  let timer = 0;

  function run(nowMs: number): void {
    frame = 0;
    const moves = draw(nowMs);
    if (moves && !document.hidden) schedule();
  }

  function schedule(): void {
    if (frame !== 0 || timer !== 0) return;
    if (!still.value) {
      frame = requestAnimationFrame(run);
      return;
    }
    timer = window.setTimeout(() => {
      timer = 0;
      frame = requestAnimationFrame(run);
    }, STILL_INTERVAL_MS);
  }

  function wake(): void {
    if (!document.hidden) schedule();
  }

  useEventListener(document, 'visibilitychange', wake);
  onScopeDispose(() => {
    cancelAnimationFrame(frame);
    window.clearTimeout(timer);
  });
  return { wake };
}
