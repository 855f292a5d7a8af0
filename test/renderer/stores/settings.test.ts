import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nextTick } from 'vue';
import type { Settings } from '../../../src/contract/answers.ts';
import { useSettingsStore } from '../../../src/renderer/stores/settings.ts';
import { ManualBridge } from '../support/manualBridge.ts';
import { withWindow } from '../support/mountWindow.ts';

let kept: Settings;
let bridge: ManualBridge;
let unmount: () => void;

async function loadedStore() {
  const opened = withWindow(bridge, () => useSettingsStore());
  unmount = opened.unmount;
  await opened.result.load();
  return opened.result;
}

beforeEach(() => {
  kept = { theme: 'dark', scale: 1.3, introductionSeen: false };
  bridge = new ManualBridge()
    .answer('settings:get', () => kept)
    .answer('settings:set', (changes) => {
      kept = { ...kept, ...JSON.parse(JSON.stringify(changes)) as Partial<Settings> };
      return kept;
    });
});
afterEach(() => { unmount(); });

describe('settings', () => {
  it('paint the page: theme and scale', async () => {
    const settings = await loadedStore();
    await nextTick();
    expect(document.documentElement.dataset['theme']).toBe('dark');
    expect(document.documentElement.style.getPropertyValue('--scale')).toBe('1.3');
    await settings.toggleTheme();
    await nextTick();
    expect(document.documentElement.dataset['theme']).toBe('light');
    expect(kept.theme).toBe('light');
  });

  it('step through the projector scales and stop at the ends', async () => {
    const settings = await loadedStore();
    await settings.stepScale(1);
    expect(kept.scale).toBe(1.5);
    for (let step = 0; step < 9; step++) await settings.stepScale(1);
    expect(kept.scale).toBe(2);
    for (let step = 0; step < 9; step++) await settings.stepScale(-1);
    expect(kept.scale).toBe(0.9);
    await settings.stepScale(0);
    expect(kept.scale).toBe(1);
  });

  it('count the introduction as seen until they are known, so that it does not flash', async () => {
    const opened = withWindow(bridge, () => useSettingsStore());
    unmount = opened.unmount;
    expect(opened.result.settings.introductionSeen).toBe(true);
    await opened.result.load();
    expect(opened.result.settings.introductionSeen).toBe(false);
  });
});
