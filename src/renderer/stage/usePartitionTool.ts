/** Picking nodes for a partition, by click, key or lasso: the picked nodes, the effect, and making the partition. */
import { computed, shallowRef, watch } from 'vue';
import type { Ref } from 'vue';
import type { NodeName } from '../../trace/names.ts';
import { useActions } from '../stores/actions.ts';
import { useWindowStore } from '../stores/window.ts';
import { partitionOf, weighGroups } from './groups.ts';
import type { Electorate } from './electorate.ts';

export interface PartitionModel {
  readonly names: Readonly<Ref<readonly NodeName[]>>;
  readonly electorate: Readonly<Ref<Electorate>>;
}

export function usePartitionTool(model: PartitionModel) {
  const actions = useActions();
  const view = useWindowStore();
  const picked = shallowRef<ReadonlySet<NodeName>>(new Set());
  const active = computed(() => view.stageTool === 'partition');
  const groups = computed(() => partitionOf(model.names.value, picked.value));
  const weighed = computed(() => (groups.value === null ? [] : weighGroups(groups.value, model.electorate.value)));

  /** Begins with these nodes picked. */
  function start(names: readonly NodeName[]): void {
    view.setStageTool('partition');
    picked.value = new Set(names);
  }

  function toggle(name: NodeName): void {
    const next = new Set(picked.value);
    if (!next.delete(name)) next.add(name);
    picked.value = next;
  }

  function cancel(): void {
    view.setStageTool('select');
  }

  /** Separates these nodes from the others. */
  async function part(names: readonly NodeName[]): Promise<void> {
    const wanted = partitionOf(model.names.value, new Set(names));
    if (wanted !== null) await actions.partition(wanted);
  }

  /** Separates the picked nodes from the others and closes the tool. */
  async function apply(): Promise<void> {
    const names = [...picked.value];
    if (groups.value === null) return;
    view.setStageTool('select');
    await part(names);
  }

  watch(active, (isActive) => {
    if (!isActive) picked.value = new Set();
  });

  return { active, picked, groups, weighed, start, toggle, cancel, apply, part };
}
