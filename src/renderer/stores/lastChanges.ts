/** The cluster before the last step of a simulated lab: what is compared with it shows what the step changed. */
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { NodeName } from '../../trace/names.ts';
import type { NodeView } from '../../trace/view.ts';
import { changedEntries, nodeChanges } from '../time/nodeChanges.ts';
import type { NodeChange } from '../time/nodeChanges.ts';
import { useClusterStore } from './cluster.ts';
import { useTimeStore } from './time.ts';

export interface ChangedNode {
  readonly node: NodeView;
  readonly changes: readonly NodeChange[];
  readonly entries: ReadonlySet<number>;
}

export const useLastChangesStore = defineStore('lastChanges', () => {
  const cluster = useClusterStore();
  const time = useTimeStore();
  const before = shallowRef<ReadonlyMap<NodeName, NodeView>>(new Map());

  function remember(): void {
    before.value = new Map(cluster.nodes.map((node) => [node.name, node]));
  }

  watch(() => time.departures, remember, { flush: 'sync' });
  // A way that was not begun here but by a line in the console. Its events are published after what tells of it.
  watch(() => time.status, (now, was) => {
    if (!time.isGoing && was?.state === 'held' && now?.step !== was.step) remember();
  }, { flush: 'sync' });
  watch(() => cluster.view()?.labId, () => { before.value = new Map(); });

  /** The nodes that the last step changed, by name; none while time runs. */
  const changed = computed<ReadonlyMap<NodeName, ChangedNode>>(() => {
    if (!time.isHeld) return new Map();
    return new Map(cluster.nodes.flatMap((node) => {
      const was = before.value.get(node.name);
      const changes = was === undefined ? [] : nodeChanges(was, node);
      if (was === undefined || changes.length === 0) return [];
      return [[node.name, { node, changes, entries: changedEntries(was, node) }] as const];
    }));
  });

  return { changed };
});
