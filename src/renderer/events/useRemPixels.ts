/** The CSS pixels of 1 rem: they change with the projector scale, and virtual lists count in pixels. */
import { nextTick, shallowRef, watch } from 'vue';
import { useSettingsStore } from '../stores/settings.ts';

/** 1 rem in CSS pixels, now. */
export function currentRemPixels(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}

/** 1 rem in CSS pixels, kept up to date. */
export function useRemPixels() {
  const settings = useSettingsStore();
  const remPixels = shallowRef(currentRemPixels());
  watch(() => settings.settings.scale, async () => {
    await nextTick();
    remPixels.value = currentRemPixels();
  });
  return remPixels;
}
