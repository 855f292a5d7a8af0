/** Everything that can be done in the window, as a list: the command palette shows it. */
import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import { useClusterStore } from '../stores/cluster.ts';
import { useNetworkCommands } from './networkCommands.ts';
import { useNodeCommands } from './nodeCommands.ts';
import { useWindowCommands } from './windowCommands.ts';

export interface AppCommand {
  readonly id: string;
  readonly group: 'Look' | 'Network' | 'Lab' | 'Window' | 'Nodes';
  readonly title: string;
  /** Other words that find it. */
  readonly keywords?: string;
  /** Its key, as printed on the keyboard. */
  readonly keys?: string;
  /** Why it is not possible now; null or absent if it is. */
  readonly refusal?: string | null;
  /** It acts on the lab that is open: without one it is not offered. */
  readonly needsLab?: boolean;
  readonly run: () => unknown;
}

/**
 * Every command that makes sense now. Call in a component's set-up. Harmless commands come first: a person who opens
 * the palette and presses Enter by mistake must not crash a node.
 */
export function useCommands(): ComputedRef<readonly AppCommand[]> {
  const cluster = useClusterStore();
  const network = useNetworkCommands();
  const window = useWindowCommands();
  const nodes = useNodeCommands();

  const look = computed(() => cluster.nodeNames.map((name): AppCommand => ({
    id: `select.${name}`,
    group: 'Look',
    title: `Inspect ${name}`,
    keywords: 'select',
    ...(name.length === 2 ? { keys: name.slice(1) } : {}),
    run: () => { cluster.select(name); },
  })));

  return computed(() => [...look.value, ...network.value, ...window.value, ...nodes.value]
    .filter((command) => cluster.hasLab || command.needsLab !== true));
}
