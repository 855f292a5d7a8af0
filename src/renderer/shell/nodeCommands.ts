/** The palette's commands on nodes: the actions that each allows in its present state. */
import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import { nodesFor } from '../../contract/console.ts';
import type { NodeName } from '../../trace/names.ts';
import type { NodeView } from '../../trace/view.ts';
import { useLanStore } from '../lan/lanStore.ts';
import { useClusterStore } from '../stores/cluster.ts';
import type { AppCommand } from './appCommand.ts';
import { captionOf } from './keys.ts';
import { commandOf, offersFor } from './nodeOffers.ts';
import { isMac } from './platform.ts';
import { useNodeActions } from './useNodeActions.ts';

const ON_ALL = [
  ['restart', 'Restart all nodes that are down'],
  ['resume', 'Resume all paused nodes'],
  ['crash', 'Crash all nodes'],
  ['pause', 'Pause all nodes'],
] as const;

/**
 * The selected node's commands first, with their keys; then what can be done to all nodes; then the others'. Call in a
 * component's set-up.
 */
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

  /** For all nodes to which the action applies now, and which this machine may act on. What repairs comes first. */
  function commandsOnAll(): AppCommand[] {
    const view = cluster.view();
    if (view === null || cluster.nodes.length < 2) return [];
    return ON_ALL.flatMap(([action, title]): AppCommand[] => {
      const nodes = nodesFor(action, view);
      const [first] = nodes;
      if (first === undefined) return [];
      const refusalOf = (node: NodeName) => lan.refusal(`node:${action}`, { node });
      const allowed = nodes.filter((node) => refusalOf(node) === null);
      return [{
        id: `${action}.all`,
        group: 'Nodes',
        title,
        keywords: 'every whole cluster',
        refusal: allowed.length === 0 ? refusalOf(first) : null,
        run: async () => { for (const node of allowed) await perform[action](node); },
      }];
    });
  }

  return computed(() => {
    const selected = cluster.nodes.filter((node) => node.name === cluster.selected);
    const others = cluster.nodes.filter((node) => node.name !== cluster.selected);
    return [...selected.flatMap(commandsOf), ...commandsOnAll(), ...others.flatMap(commandsOf)];
  });
}
