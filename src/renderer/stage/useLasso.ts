/** The lasso: a loop drawn with the pointer around nodes. A press that hardly moves is a click, not a lasso. */
import { useEventListener } from '@vueuse/core';
import { computed, shallowRef } from 'vue';
import type { Ref } from 'vue';
import type { NodeName } from '../../trace/names.ts';
import { distance, insidePolygon } from './geometry.ts';
import type { Point } from './geometry.ts';

/** A press becomes a lasso after this many pixels. */
const START_DISTANCE = 6;
/** Corners closer together than this are left out. */
const CORNER_DISTANCE = 4;
const CORNERS_MAX = 2000;

export interface LassoOptions {
  /** The nodes and their places, in the element's coordinates. */
  readonly places: () => readonly { readonly name: NodeName; readonly x: number; readonly y: number }[];
  /** The loop was closed around these. */
  readonly onCaught: (names: readonly NodeName[]) => void;
}

/** @param surface the element to draw on */
export function useLasso(surface: Readonly<Ref<SVGSVGElement | null>>, options: LassoOptions) {
  const loop = shallowRef<readonly Point[]>([]);
  let pressedAt: Point | null = null;
  let pointerId = -1;

  const drawing = computed(() => loop.value.length > 0);
  const caught = computed<readonly NodeName[]>(() => {
    if (loop.value.length < 3) return [];
    return options.places().filter((place) => insidePolygon(place, loop.value)).map((place) => place.name);
  });
  const path = computed(() => {
    const corners = loop.value.map((point) => `${point.x.toFixed(1)} ${point.y.toFixed(1)}`);
    return corners.length === 0 ? '' : `M${corners.join('L')}Z`;
  });

  function positionOf(event: PointerEvent): Point {
    const box = surface.value?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  }

  function end(): void {
    if (surface.value?.hasPointerCapture(pointerId) === true) surface.value.releasePointerCapture(pointerId);
    pressedAt = null;
    pointerId = -1;
    loop.value = [];
  }

  useEventListener(surface, 'pointerdown', (event: PointerEvent) => {
    const onNode = event.target instanceof Element && event.target.closest('[data-node]') !== null;
    if (event.button !== 0 || event.ctrlKey || onNode) return;
    pressedAt = positionOf(event);
    pointerId = event.pointerId;
  });

  useEventListener(surface, 'pointermove', (event: PointerEvent) => {
    if (pressedAt === null || event.pointerId !== pointerId) return;
    const here = positionOf(event);
    const last = loop.value.at(-1);
    if (last === undefined) {
      if (distance(here, pressedAt) < START_DISTANCE) return;
      surface.value?.setPointerCapture(pointerId);
      loop.value = [pressedAt, here];
    } else if (distance(here, last) >= CORNER_DISTANCE && loop.value.length < CORNERS_MAX) {
      loop.value = [...loop.value, here];
    }
  });

  useEventListener(surface, 'pointerup', (event: PointerEvent) => {
    if (event.pointerId !== pointerId) return;
    const names = caught.value;
    const wasDrawing = drawing.value;
    end();
    if (!wasDrawing) return;
    // The click that follows the release belongs to the lasso, not to the link under it.
    surface.value?.addEventListener('click', (click) => { click.stopPropagation(); }, { capture: true, once: true });
    if (names.length > 0) options.onCaught(names);
  });
  useEventListener(surface, 'pointercancel', end);
  useEventListener(window, 'keydown', (event) => {
    if (event.key !== 'Escape' || !drawing.value) return;
    event.preventDefault();
    event.stopPropagation();
    end();
  }, { capture: true });

  return { drawing, caught, path };
}
