/** The link tool: which link its panel is about. A link is pointed at or picked by its two ends, never guessed. */
import { computed, shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import type { NodeName } from '../../trace/names.ts';
import { useClusterStore } from '../stores/cluster.ts';
import { useWindowStore } from '../stores/window.ts';

export function useLinkTool(names: Readonly<Ref<readonly NodeName[]>>) {
  const cluster = useClusterStore();
  const view = useWindowStore();
  const from = shallowRef<NodeName | null>(null);
  const to = shallowRef<NodeName | null>(null);
  const active = computed(() => view.stageTool === 'link');
  /** Whether an end is still to be picked. */
  const picking = computed(() => active.value && (from.value === null || to.value === null));
  /** The ends of the link that the panel is about; null while it is about none. */
  const ends = computed(() =>
    (!active.value || from.value === null || to.value === null ? null : [from.value, to.value] as const));
  let isPointedAt = false;

  /** Opens the panel on this link. */
  function edit(a: NodeName, b: NodeName): void {
    from.value = a;
    to.value = b;
    isPointedAt = true;
    view.setStageTool('link');
    isPointedAt = false;
  }

  /** Takes a node for the end that is missing. */
  function pick(name: NodeName): void {
    if (from.value === null) {
      if (name !== to.value) from.value = name;
    } else if (name !== from.value) to.value = name;
  }

  // Opened by its key or button, the tool knows one end at most: the selected node.
  watch(active, (isActive) => {
    if (!isActive || isPointedAt) return;
    from.value = cluster.selected;
    to.value = null;
  }, { flush: 'sync' });
  watch(names, (present) => {
    for (const end of [from, to]) if (end.value !== null && !present.includes(end.value)) end.value = null;
  });

  return { from, to, active, picking, ends, edit, pick };
}
