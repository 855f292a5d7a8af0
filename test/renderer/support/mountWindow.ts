/** Mounting parts of the window as the app does: with Pinia and a bridge. */
import { mount } from '@vue/test-utils';
import type { VueWrapper } from '@vue/test-utils';
import { createPinia } from 'pinia';
import { defineComponent, h } from 'vue';
import type { Component } from 'vue';
import type { Bridge } from '../../../src/contract/commands.ts';
import { bridgeKey } from '../../../src/renderer/bridge/index.ts';

// happy-dom's own cannot be asked for a context: here nothing is drawn on a canvas.
HTMLCanvasElement.prototype.transferControlToOffscreen = () =>
  Object.assign(new OffscreenCanvas(0, 0), { getContext: () => null });

/** Mounts a component into the document. Unmount it, or the next test meets it. */
export function mountWindow(component: Component, bridge: Bridge, props: Record<string, unknown> = {}): VueWrapper {
  const host = defineComponent(() => () => h(component, props));
  return mount(host, {
    attachTo: document.body,
    global: { plugins: [createPinia()], provide: { [bridgeKey as symbol]: bridge } },
  });
}

/** Runs `setup` inside a mounted component, as composables and stores need it. */
export function withWindow<Result>(bridge: Bridge, setup: () => Result): { result: Result; unmount: () => void } {
  const results: Result[] = [];
  const host = defineComponent(() => {
    results.push(setup());
    return () => h('div');
  });
  const wrapper = mountWindow(host, bridge);
  const [result] = results;
  if (result === undefined) throw new Error('the set-up gave nothing');
  return { result, unmount: () => { wrapper.unmount(); } };
}

/** Everything that is due now: promises and what they lead to. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
}
