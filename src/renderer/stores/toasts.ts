/** Short messages that appear over the window and go by themselves (shell/ToastList.vue). */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { LabErrorData } from '../../contract/errors.ts';

export type ToastKind = 'info' | 'ok' | 'error';

export interface Toast {
  readonly id: number;
  readonly kind: ToastKind;
  readonly text: string;
}

/** The most toasts at once: the oldest is removed. */
const TOASTS_MAX = 3;

export const useToastStore = defineStore('toasts', () => {
  const toasts = shallowRef<readonly Toast[]>([]);
  let lastId = 0;

  function show(kind: ToastKind, text: string): void {
    // A repeated sentence is one toast: a key held down must not fill the window.
    const others = toasts.value.filter((toast) => toast.text !== text);
    lastId += 1;
    toasts.value = [...others, { id: lastId, kind, text }].slice(-TOASTS_MAX);
  }

  function showError(error: LabErrorData): void {
    // An unknown outcome is not a failure (contract/errors.ts), so it does not look like one.
    show(error.code === 'unknown-outcome' ? 'info' : 'error', error.message);
  }

  function close(id: number): void {
    toasts.value = toasts.value.filter((toast) => toast.id !== id);
  }

  return { toasts, show, showError, close };
});
