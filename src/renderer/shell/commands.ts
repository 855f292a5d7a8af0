/** Everything that can be done in the window, as a list: the command palette shows it. */
import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import { useClusterStore } from '../stores/cluster.ts';
import type { AppCommand } from './appCommand.ts';
import { useNetworkCommands } from './networkCommands.ts';
import { useNodeCommands } from './nodeCommands.ts';
import { usePastCommands } from './pastCommands.ts';
import { useTimeCommands } from './timeCommands.ts';
import { useWindowCommands } from './windowCommands.ts';

/**
 * Every command that makes sense now. Call in a component's set-up. Harmless commands come first: a person who opens
 * the palette and presses Enter by mistake must not crash a node.
 */
export function useCommands(): ComputedRef<readonly AppCommand[]> {
  const cluster = useClusterStore();
  const network = useNetworkCommands();
  const past = usePastCommands();
  const time = useTimeCommands();
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

  return computed(() => [...look.value, ...time.value, ...past.value, ...network.value, ...window.value, ...nodes.value]
    .filter((command) => cluster.hasLab || command.needsLab !== true));
}
