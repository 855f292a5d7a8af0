/** One animation loop that runs only while something moves and somebody can see it. */
import { onScopeDispose } from 'vue';
import { useEventListener } from '@vueuse/core';
import type { Ref } from 'vue';
import { useFrameStore } from '../stores/frames.ts';

/** Without motion, the picture is updated this often. */
const STILL_INTERVAL_MS = 250;

/**
 * @param draw draws one frame and says whether anything still moves
 * @param still whether motion is off: then there are fewer frames
 * @returns `wake`: call it when there is something to draw
 */
export function useFrames(draw: (nowMs: number) => boolean, still: Readonly<Ref<boolean>>) {
  const frames = useFrameStore();
  let timer = 0;

  function run(nowMs: number): void {
    if (draw(nowMs)) wake();
  }

  function wake(): void {
    if (document.hidden || timer !== 0) return;
    if (!still.value) {
      frames.requestCanvas(run);
      return;
    }
    timer = window.setTimeout(() => {
      timer = 0;
      frames.requestCanvas(run);
    }, STILL_INTERVAL_MS);
  }

  useEventListener(document, 'visibilitychange', wake);
  onScopeDispose(() => {
    frames.cancelCanvas(run);
    window.clearTimeout(timer);
  });
  return { wake };
}
