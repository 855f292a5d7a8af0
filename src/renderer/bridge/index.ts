/** Where the window gets its bridge: the one that preload put on `window.raftlab`, or else one to simulated labs. */
import { inject } from 'vue';
import type { InjectionKey } from 'vue';
import type { EventBatch } from '../../contract/answers.ts';
import type { Bridge, ExposedBridge } from '../../contract/commands.ts';

declare global {
  interface Window {
    readonly raftlab?: ExposedBridge;
  }
}

export const bridgeKey: InjectionKey<Bridge> = Symbol('bridge');

/** The bridge that App provides. Call it in a component's or store's set-up. */
export function useBridge(): Bridge {
  const bridge = inject(bridgeKey, null);
  if (bridge === null) throw new Error('no bridge was provided: app.provide(bridgeKey, await connectBridge())');
  return bridge;
}

function throughPreload(exposed: ExposedBridge): Bridge {
  return {
    ...exposed,
    // Main wrote the text from an EventBatch, and nobody else sends on its channel.
    onEvents: (listener) => exposed.onEvents((batchText) => { listener(JSON.parse(batchText) as EventBatch); }),
  };
}

/**
 * The bridge to main, or in development in a browser, one to simulated labs. The app has only the real one.
 * @throws {Error} in the app, when the preload script did not run
 */
export async function connectBridge(): Promise<Bridge> {
  if (window.raftlab !== undefined) return throughPreload(window.raftlab);
  if (import.meta.env.MODE === 'production') {
    throw new Error('window.raftlab is missing: the preload script did not run');
  }
  const { createSimulatedBridge } = await import('./simulated.ts');
  return createSimulatedBridge();
}
