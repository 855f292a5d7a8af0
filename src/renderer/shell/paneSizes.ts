/** The sizes of the window's panes, in rem (so that they scale with the projector), kept between starts. */
import { useLocalStorage } from '@vueuse/core';
import { computed } from 'vue';
import { currentRemPixels } from '../events/useRemPixels.ts';

interface PaneSizes {
  readonly inspectorRem: number;
  readonly dockRem: number;
  /** The events' part of the dock, 0 to 1; the console has the rest. */
  readonly eventsShare: number;
}

const DEFAULTS: PaneSizes = { inspectorRem: 24.5, dockRem: 14.75, eventsShare: 0.5 };

/** The least and greatest size of each pane. The stage gets the rest. */
export const PANE_LIMITS = {
  inspectorRem: { min: 17.5, max: 45 },
  dockRem: { min: 7.5, max: 37.5 },
  eventsShare: { min: 0.2, max: 0.8 },
} as const satisfies Record<keyof PaneSizes, { min: number; max: number }>;

function clamped(name: keyof PaneSizes, value: unknown): number {
  const { min, max } = PANE_LIMITS[name];
  const size = typeof value === 'number' && Number.isFinite(value) ? value : DEFAULTS[name];
  return Math.min(max, Math.max(min, size));
}

/** The pane sizes, and how dragging the lines between them changes them. */
export function usePaneSizes() {
  const kept = useLocalStorage<Partial<PaneSizes>>('raftlab.panes', {}, { writeDefaults: false });

  const sizes = computed<PaneSizes>(() => ({
    inspectorRem: clamped('inspectorRem', kept.value.inspectorRem),
    dockRem: clamped('dockRem', kept.value.dockRem),
    eventsShare: clamped('eventsShare', kept.value.eventsShare),
  }));

  function set(name: keyof PaneSizes, value: number): void {
    kept.value = { ...sizes.value, [name]: clamped(name, value) };
  }

  return {
    sizes,
    reset: (name: keyof PaneSizes) => set(name, DEFAULTS[name]),
    /** The line left of the inspector moved right by this many pixels. */
    moveInspector: (pixels: number) => set('inspectorRem', sizes.value.inspectorRem - pixels / currentRemPixels()),
    /** The line above the dock moved down by this many pixels. */
    moveDock: (pixels: number) => set('dockRem', sizes.value.dockRem - pixels / currentRemPixels()),
    /** The line between events and console moved right by this many pixels. */
    moveEvents: (pixels: number) => set('eventsShare', sizes.value.eventsShare + pixels / window.innerWidth),
  };
}
