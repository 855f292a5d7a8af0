/** The palette's commands on nodes: the actions that each allows in its present state. */
import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import type { NodeView } from '../../trace/view.ts';
import { useLanStore } from '../lan/lanStore.ts';
import { useClusterStore } from '../stores/cluster.ts';
import type { AppCommand } from './commands.ts';
import { captionOf } from './keys.ts';
import { commandOf, offersFor } from './nodeOffers.ts';
import { isMac } from './platform.ts';
import { useNodeActions } from './useNodeActions.ts';

/** The selected node's commands first, with their keys; then the others'. Call in a component's set-up. */
export function useNodeCommands(): ComputedRef<readonly AppCommand[]> {
  const cluster = useClusterStore();
  const perform = useNodeActions();
  const lan = useLanStore();

  function commandsOf(node: NodeView): AppCommand[] {
    const view = cluster.view();
    if (view === null) return [];
    const isSelected = node.name === cluster.selected;
    return offersFor(view, node.name).map(({ id, title, keys }) => ({
      id: `${id}.${node.name}`,
      group: 'Nodes',
      title,
      keywords: `${node.role} membership`,
      refusal: lan.refusal(commandOf(id), { node: node.name }),
      run: () => perform[id](node.name),
      ...(isSelected && keys !== undefined ? { keys: captionOf(keys, isMac) } : {}),
    }));
  }

  return computed(() => {
    const selected = cluster.nodes.filter((node) => node.name === cluster.selected);
    const others = cluster.nodes.filter((node) => node.name !== cluster.selected);
    return [...selected, ...others].flatMap(commandsOf);
  });
}
