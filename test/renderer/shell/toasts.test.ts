/** Short messages go by themselves, errors later; nothing goes while somebody reads. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { VueWrapper } from '@vue/test-utils';
import ToastList from '../../../src/renderer/shell/ToastList.vue';
import { useToastStore } from '../../../src/renderer/stores/toasts.ts';
import { ManualBridge } from '../support/manualBridge.ts';
import { mountWindow } from '../support/mountWindow.ts';

let wrapper: VueWrapper;

beforeEach(() => {
  vi.useFakeTimers();
  wrapper = mountWindow(ToastList, new ManualBridge());
});
afterEach(() => {
  wrapper.unmount();
  vi.useRealTimers();
});

const shown = (): string[] => wrapper.findAll('li').map((toast) => toast.text());

it('go by themselves, errors later', async () => {
  useToastStore().show('ok', 'n4 is a voter.');
  useToastStore().showError({ code: 'node-crashed', message: 'node n2 is crashed: restart it' });
  await vi.advanceTimersByTimeAsync(8000);
  expect(shown()).toEqual(['node n2 is crashed: restart it']);
  await vi.advanceTimersByTimeAsync(13_000);
  expect(shown()).toEqual([]);
});

it('stay while the pointer or the focus is on them, and go when they are closed', async () => {
  useToastStore().showError({ code: 'refused', message: 'not now' });
  await vi.advanceTimersByTimeAsync(1000);
  await wrapper.get('[data-testid=toasts]').trigger('pointerenter');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(shown()).toEqual(['not now']);
  await wrapper.get('[data-testid=toasts]').trigger('pointerleave');
  await vi.advanceTimersByTimeAsync(21_000);
  expect(shown()).toEqual([]);
  useToastStore().show('info', 'once more');
  await vi.advanceTimersByTimeAsync(100);
  await wrapper.get('[data-testid=toasts]').trigger('focusin');
  await wrapper.get('button').trigger('click');
  expect(shown()).toEqual([]);
});
