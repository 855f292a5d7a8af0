/** The person's settings: theme, scale for the projector, and whether the introduction was seen. Main stores them. */
import { useMediaQuery } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, shallowRef, watchEffect } from 'vue';
import type { AppInfo, Settings } from '../../contract/answers.ts';
import type { CommandInput } from '../../contract/commands.ts';
import { useActions } from './actions.ts';

const DEFAULTS: Settings = { theme: 'system', scale: 1, introductionSeen: true };
/** The steps of the projector scale. */
const SCALES = [0.9, 1, 1.15, 1.3, 1.5, 1.75, 2] as const;

export const useSettingsStore = defineStore('settings', () => {
  const actions = useActions();
  const settings = shallowRef<Settings>(DEFAULTS);
  /** A scale for the time being, as where the stage is alone; null for the person's own. */
  const magnified = shallowRef<number | null>(null);
  const shown = computed<Settings>(() =>
    (magnified.value === null ? settings.value : { ...settings.value, scale: magnified.value }));
  const loaded = shallowRef(false);
  const app = shallowRef<AppInfo | null>(null);
  const systemIsDark = useMediaQuery('(prefers-color-scheme: dark)');

  const theme = computed<'light' | 'dark'>(() => {
    if (settings.value.theme !== 'system') return settings.value.theme;
    return systemIsDark.value ? 'dark' : 'light';
  });

  watchEffect(() => {
    const root = document.documentElement;
    root.dataset['theme'] = theme.value;
    root.style.setProperty('--scale', String(shown.value.scale));
  });

  async function load(): Promise<void> {
    const [kept, info] = await Promise.all([actions.ask('settings:get', {}), actions.ask('app:info', {})]);
    if (kept.ok) settings.value = kept.value;
    if (info.ok) app.value = info.value;
    loaded.value = true;
  }

  /** Takes effect at once; main's answer then replaces it. */
  async function set(changes: CommandInput<'settings:set'>): Promise<void> {
    const defined = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    settings.value = { ...settings.value, ...defined };
    const reply = await actions.ask('settings:set', changes);
    if (reply.ok) settings.value = reply.value;
  }

  /** Applies the settings from main. */
  function take(changed: Settings): void {
    settings.value = changed;
  }

  const toggleTheme = () => set({ theme: theme.value === 'dark' ? 'light' : 'dark' });

  /** One step up or down the projector scales; 0 goes back to 1. */
  function stepScale(direction: -1 | 0 | 1): Promise<void> {
    if (direction === 0) return set({ scale: 1 });
    const candidates = SCALES.filter((scale) => direction * (scale - settings.value.scale) > 1e-6);
    const next = direction === 1 ? candidates[0] : candidates.at(-1);
    return next === undefined ? Promise.resolve() : set({ scale: next });
  }

  function magnify(scale: number | null): void {
    magnified.value = scale;
  }

  return { settings: shown, magnify, loaded, app, theme, load, set, take, toggleTheme, stepScale };
});
